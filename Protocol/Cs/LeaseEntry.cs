namespace Epollsrv.Protocol.Cs;

/// <summary>One name that a holder has registered as a lease, in native memory. See <see cref="LeaseTable"/>.</summary>
internal unsafe struct LeaseEntry
{
    /// <summary>The name, in memory of its own; null: the entry is free.</summary>
    public byte* Name;

    /// <summary>Bytes of the name.</summary>
    public int NameLength;

    /// <summary>Index of the holder.</summary>
    public int Holder;

    /// <summary>Index + 1 of the next entry of the same bucket, or of the next free one.</summary>
    public int Next;

    /// <summary>The holder has only a part of the file, and does not stand in the key's value.</summary>
    public bool IsPartial;
}
