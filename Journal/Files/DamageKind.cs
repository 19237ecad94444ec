namespace Epollsrv.Journal;

/// <summary>What is wrong with a file of the log.</summary>
internal enum DamageKind
{
    /// <summary>The file ends inside a block, a record, an annotation or a group.</summary>
    CutShort,

    /// <summary>Zeros, random bytes or a block with a wrong checksum, and nothing readable behind them.</summary>
    UnreadableTail,

    /// <summary>As <see cref="UnreadableTail"/>, but something readable follows: it is not only what a crash has left.</summary>
    Middle,

    /// <summary>A newer program has written blocks that this one cannot read.</summary>
    Newer,

    /// <summary>The file cannot be read (to the end): nothing is known of its content.</summary>
    NotRead,
}
