namespace Epollsrv.Journal;

/// <summary>What a file of the manifest is.</summary>
internal enum ManifestKind
{
    /// <summary>Everything as of some moment: an RDB file, or records.</summary>
    Base,

    /// <summary>No longer needed; to be removed.</summary>
    History,

    /// <summary>Records that follow the base and the increments before.</summary>
    Increment,
}
