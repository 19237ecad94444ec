namespace Epollsrv.Share;

/// <summary>What happened in a watched folder.</summary>
internal enum FolderChange
{
    /// <summary>A file was written and closed, or moved in: it is complete.</summary>
    Added,

    /// <summary>A name appeared; a file that is being written is not complete yet, a link is.</summary>
    Created,

    /// <summary>A file's permissions, owner or times changed: it may be readable now, or no longer.</summary>
    Attributes,

    /// <summary>A file was deleted or moved out.</summary>
    Removed,

    /// <summary>Events were lost: list the folder again.</summary>
    Overflow,

    /// <summary>The folder was deleted, moved or unmounted: list it again, and expect no further events.</summary>
    Gone,
}
