namespace Epollsrv.Store;

/// <summary>
/// One change of one key, or of whole databases, as observers get it: the bytes
/// are final and the key's partition is locked. Good until the observer returns.
/// </summary>
public unsafe struct Effect
{
    /// <summary>What was done.</summary>
    public EffectKind Kind;

    /// <summary>Why.</summary>
    public EffectCause Cause;

    /// <summary>Whether the key was not there before.</summary>
    public bool IsNew;

    /// <summary>
    /// Whether it is part of the access's open group. A key that is evicted meanwhile from a partition
    /// that the group does not hold is no part of it: others may change that key before the group ends.
    /// </summary>
    public bool IsGrouped;

    /// <summary>The database.</summary>
    public int Database;

    /// <summary>Of a swap, the other database. Of a flush, the last one that is empty.</summary>
    public int OtherDatabase;

    /// <summary>What the writer says of it.</summary>
    public ChangeNote Note;

    /// <summary>The key's first byte.</summary>
    public byte* Key;

    /// <summary>Bytes in the key.</summary>
    public int KeyLength;

    /// <summary>The key's hash.</summary>
    public ulong Hash;

    /// <summary>The entry as it is now: value, expiry time, flags. Null when the key is gone.</summary>
    public Entry* Entry;

    /// <summary>Of an edit, the first byte that was written.</summary>
    public long Offset;

    /// <summary>Of an edit, how many bytes were written.</summary>
    public long Length;
}
