namespace Epollsrv.Store;

/// <summary>What a change did to its key.</summary>
public enum EffectKind : byte
{
    /// <summary>The key has this value, expiry time and flags now, whatever it had before.</summary>
    Put,

    /// <summary>Some bytes of its value, or its length, are others.</summary>
    Edit,

    /// <summary>The key is gone.</summary>
    Delete,

    /// <summary>It has another expiry time, or none any more.</summary>
    Expiry,

    /// <summary>An item has other <see cref="ItemFields"/>, and the same value: for the log alone.</summary>
    Item,

    /// <summary>Nothing: only its name is told, as RENAME tells of the new key when the old one is gone.</summary>
    Told,

    /// <summary>A database is empty, or all of them are. All partitions are locked; there is no key.</summary>
    Flush,

    /// <summary>Two databases have each other's keys. All partitions are locked; there is no key.</summary>
    Swap,
}
