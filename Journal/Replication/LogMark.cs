namespace Epollsrv.Journal;

/// <summary>The beginning of a block.</summary>
/// <param name="position">Its position in the log.</param>
/// <param name="offset">Its place in the file.</param>
internal readonly struct LogMark(long position, long offset)
{
    /// <summary>Its position in the log.</summary>
    public readonly long Position = position;

    /// <summary>Its place in the file.</summary>
    public readonly long Offset = offset;
}
