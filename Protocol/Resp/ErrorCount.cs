namespace Epollsrv.Protocol.Resp;

/// <summary>How often one thread answered with an error of one code; others read it in passing.</summary>
internal unsafe struct ErrorCount
{
    /// <summary>Most different codes a thread counts.</summary>
    public const int MostCodes = 32;

    /// <summary>Longest code that is kept whole.</summary>
    public const int LongestCode = 23;

    /// <summary>How often.</summary>
    public long Count;

    /// <summary>Bytes of the code; 0: this entry is free.</summary>
    public byte Length;

    /// <summary>The code: the error's first word.</summary>
    public fixed byte Code[LongestCode];
}
