namespace Epollsrv.Store;

/// <summary>What happened to a key, by the words that keyspace notifications have for it.</summary>
public enum ChangeName : byte
{
    /// <summary>Nothing that has a word.</summary>
    None,

    /// <summary>It has this value.</summary>
    Set,

    /// <summary>It has an expiry time.</summary>
    Expire,

    /// <summary>Its expiry time was taken away.</summary>
    Persist,

    /// <summary>Bytes were added to its end.</summary>
    Append,

    /// <summary>A part of it was overwritten.</summary>
    SetRange,

    /// <summary>Bits of it were set.</summary>
    SetBit,

    /// <summary>An integer was added.</summary>
    IncrementBy,

    /// <summary>A floating-point number was added.</summary>
    IncrementByFloat,

    /// <summary>Somebody deleted it.</summary>
    Delete,

    /// <summary>It has another name now.</summary>
    RenameFrom,

    /// <summary>It was another key.</summary>
    RenameTo,

    /// <summary>It is a copy of another key.</summary>
    CopyTo,

    /// <summary>It was restored from a dump.</summary>
    Restore,

    /// <summary>It was moved to another database.</summary>
    MoveFrom,

    /// <summary>It was moved here from another database.</summary>
    MoveTo,

    /// <summary>Its time had come.</summary>
    Expired,

    /// <summary>It made room.</summary>
    Evicted,

    /// <summary>It was not there before.</summary>
    New,

    /// <summary>It was looked for in vain.</summary>
    Miss,
}
