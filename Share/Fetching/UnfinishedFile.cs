namespace Epollsrv.Share;

/// <summary>A download that is served to others while it runs. Immutable
/// but for the map's bits and <see cref="Changed"/>; any thread.</summary>
internal sealed class UnfinishedFile
{
    /// <summary>The name it is shared under.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Which pieces are here.</summary>
    public required PieceMap Map { get; init; }

    /// <summary>The file; closed by <see cref="UnfinishedFiles.Remove"/>.</summary>
    public required int FileDescriptor { get; init; }

    /// <summary>
    /// The kernel's time of change when it was whole and had its name: from then on it is
    /// the user's, who may write to it. 0 before. Under <see cref="UnfinishedFiles.Gate"/>.
    /// </summary>
    public long Changed { get; set; }

    /// <summary>The plain SHA-256 that peers name, or null.</summary>
    public required byte[]? Digest { get; init; }
}
