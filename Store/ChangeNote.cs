namespace Epollsrv.Store;

/// <summary>What a writer says of its change beside the bytes: for those
/// who watch keys, for keyspace notifications, and for the log.</summary>
/// <param name="first">What happened.</param>
/// <param name="second">What else happened, after that (SET … EX).</param>
/// <param name="isNew">The key counts as a new one although there was one of that name (COPY and RESTORE delete it first).</param>
/// <param name="isVerbatim">The log gets the command as it came. Otherwise what
/// it gets follows from the effect: SET, APPEND, DEL, PEXPIREAT or PERSIST.</param>
/// <param name="keepsFromWatchers">Those who watch the key are not told (BITFIELD that makes a value longer and writes nothing).</param>
public readonly struct ChangeNote(
    ChangeName first, ChangeName second = ChangeName.None, bool isNew = false, bool isVerbatim = false, bool keepsFromWatchers = false)
{
    private const int SecondShift = 8;
    private const int NewBit = 1 << 16;
    private const int VerbatimBit = 1 << 17;
    private const int QuietBit = 1 << 18;

    // One word, so that it travels in a register.
    private readonly int _bits = (byte)first | ((byte)second << SecondShift)
        | (isNew ? NewBit : 0) | (isVerbatim ? VerbatimBit : 0) | (keepsFromWatchers ? QuietBit : 0);

    /// <summary>What happened.</summary>
    public ChangeName First => (ChangeName)(byte)_bits;

    /// <summary>What else happened, after that.</summary>
    public ChangeName Second => (ChangeName)(byte)(_bits >> SecondShift);

    /// <summary>Whether the key counts as a new one.</summary>
    public bool IsNew => (_bits & NewBit) != 0;

    /// <summary>Whether the log gets the command as it came.</summary>
    public bool IsVerbatim => (_bits & VerbatimBit) != 0;

    /// <summary>Whether those who watch the key are not told.</summary>
    public bool KeepsFromWatchers => (_bits & QuietBit) != 0;
}
