namespace Epollsrv.Protocol.Resp;

/// <summary>What BITOP can do.</summary>
internal enum BitOperation
{
    /// <summary>Bits set in all.</summary>
    And,

    /// <summary>Bits set in any.</summary>
    Or,

    /// <summary>Bits set in an odd number of them.</summary>
    Xor,

    /// <summary>Bits not set.</summary>
    Not,
}
