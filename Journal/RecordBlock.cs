using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>
/// The records of one change or one group. Its first record belongs to <see cref="FirstDatabase"/>;
/// records of other databases behind it have their SELECT before them.
/// </summary>
internal unsafe struct RecordBlock
{
    /// <summary>For <see cref="FirstDatabase"/>: the records belong to none, and the log's database stays what it is.</summary>
    public const int NoDatabase = -1;

    /// <summary>For <see cref="FirstDatabase"/> and <see cref="LastDatabase"/>: the records have their SELECTs themselves, and whoever
    /// adds others behind them needs his own.</summary>
    public const int AsItCame = -2;

    /// <summary>Where the memory begins that the bytes lie in (NativeMemory): for who takes it.</summary>
    public byte* Memory;

    /// <summary>Set by who gets the block and keeps its memory, to free it later.</summary>
    public bool IsTaken;

    /// <summary>A pinned value whose bytes stand between two parts of the others; null: none. Whoever gets the block releases it.</summary>
    public LargeValue* Value;

    /// <summary>Bytes before those of <see cref="Value"/>.</summary>
    public long HeadLength;

    /// <summary>The first byte.</summary>
    public byte* Data;

    /// <summary>Bytes, without those of <see cref="Value"/>.</summary>
    public long Length;

    /// <summary>The database of the first record: a log that is at another one needs
    /// a SELECT (<see cref="RecordEncoder.AddSelect"/>) before the block.</summary>
    public int FirstDatabase;

    /// <summary>The database that the log is at behind the block.</summary>
    public int LastDatabase;
}
