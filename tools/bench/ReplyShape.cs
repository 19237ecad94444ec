namespace Epollsrv.Bench;

/// <summary>The bytes of the reply that is expected, as far as they are known beforehand: its beginning, its length, and its end.</summary>
internal struct ReplyShape
{
    /// <summary>The first eight bytes, those beyond the known ones zero.</summary>
    public ulong Prefix;

    /// <summary>Which bits of the first eight bytes are compared.</summary>
    public ulong Mask;

    /// <summary>Bytes of the whole reply; <see cref="Unknown"/> where every reply has to be parsed.</summary>
    public int Length;

    /// <summary>Where the value is.</summary>
    public int ValueOffset;

    /// <summary>Whether the reply ends in CR LF.</summary>
    public bool EndsInLine;

    /// <summary>A length that no input has.</summary>
    public const int Unknown = int.MaxValue;
}
