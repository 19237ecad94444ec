namespace Epollsrv.Journal;

/// <summary>What <see cref="LogScanner.Next"/> found.</summary>
internal enum ScanResult
{
    /// <summary>A whole unit: a block that verifies, a record, a group or an annotation.</summary>
    Good,

    /// <summary>The end of the file, behind a whole unit.</summary>
    Ended,

    /// <summary>The file ends inside a unit.</summary>
    CutShort,

    /// <summary>Bytes that are no unit, or a block that does not verify.</summary>
    Unreadable,

    /// <summary>A block that belongs to another place of the log: blocks before it are missing.</summary>
    Misplaced,

    /// <summary>A block of a newer version.</summary>
    Newer,

    /// <summary>The file cannot be read, or became shorter.</summary>
    Failed,
}
