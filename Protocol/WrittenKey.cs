namespace Epollsrv.Protocol;

/// <summary>A write that was made over another protocol than RESP, for those who see all commands.</summary>
internal unsafe struct WrittenKey
{
    /// <summary>What was done.</summary>
    public WriteVerb Verb;

    /// <summary>The key's first byte.</summary>
    public byte* Key;

    /// <summary>Bytes in the key.</summary>
    public int KeyLength;

    /// <summary>The first byte of what was set or appended.</summary>
    public byte* Value;

    /// <summary>How many bytes that are.</summary>
    public int ValueLength;

    /// <summary>The expiry time that was set, Unix milliseconds; 0: none.</summary>
    public long Expiry;
}
