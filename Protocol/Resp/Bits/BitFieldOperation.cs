namespace Epollsrv.Protocol.Resp;

/// <summary>One part of a BITFIELD.</summary>
internal struct BitFieldOperation
{
    /// <summary>What to do.</summary>
    public BitFieldKind Kind;

    /// <summary>What an increment or a value out of range does.</summary>
    public BitFieldOverflow Overflow;

    /// <summary>Whether the field has a sign.</summary>
    public bool Signed;

    /// <summary>Bits of the field: 1 … 64, without a sign 1 … 63.</summary>
    public int Bits;

    /// <summary>Its first bit.</summary>
    public long Offset;

    /// <summary>What to set or to add.</summary>
    public long Value;
}
