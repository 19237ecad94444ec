namespace Epollsrv.Journal.Rdb;

/// <summary>Goes on behind values that are no strings. Every loop reads a byte at least in each round. False: the input says why.</summary>
internal static unsafe class RdbSkipping
{
    private const int IdBytes = 16;
    private const int TimeBytes = 8;

    // Units of modules' values; each is preceded by its number.
    private const ulong ModuleEnd = 0;
    private const ulong ModuleSigned = 1;
    private const ulong ModuleUnsigned = 2;
    private const ulong ModuleFloat = 3;
    private const ulong ModuleDouble = 4;
    private const ulong ModuleString = 5;

    // A score as text: its length in one byte, but for these three.
    private const byte NotANumber = 253;

    /// <summary>Goes on behind a value; of a module's, behind its number.</summary>
    public static bool TrySkipValue(RdbInput input, byte type) => type switch
    {
        RdbType.List or RdbType.Set or RdbType.ListQuicklist => TrySkipStrings(input, 1, 0),
        RdbType.Hash => TrySkipStrings(input, 2, 0),
        RdbType.SortedSet => TrySkipStrings(input, 1, sizeof(double)),
        RdbType.HashExpiring => TrySkipStrings(input, 2, TimeBytes),
        RdbType.SortedSetText => TrySkipTextScores(input),
        RdbType.ListQuicklist2 => TrySkipNodes(input),
        RdbType.Stream or RdbType.Stream2 or RdbType.Stream3 => TrySkipStream(input, type),
        RdbType.Module => TrySkipModule(input),
        _ => input.TrySkipString(),
    };

    /// <summary>Goes on behind the units of a module's value.</summary>
    public static bool TrySkipModule(RdbInput input)
    {
        while (input.TryReadLength(out ulong unit))
        {
            bool skipped = unit switch
            {
                ModuleEnd => true,
                ModuleSigned or ModuleUnsigned => input.TryReadLength(out _),
                ModuleFloat => input.TrySkip(sizeof(float)),
                ModuleDouble => input.TrySkip(sizeof(double)),
                ModuleString => input.TrySkipString(),
                _ => input.Fail("the value of a module has a unit that is not known"),
            };
            if (!skipped || unit == ModuleEnd)
            {
                return skipped;
            }

            input.Keep();
        }

        return false;
    }

    /// <summary>Goes on behind a library of functions in the form of release candidates: name, engine, description, code.</summary>
    public static bool TrySkipFunctionDraft(RdbInput input) =>
        input.TrySkipString() && input.TrySkipString() && input.TryReadLength(out ulong described)
        && (described == 0 || input.TrySkipString()) && input.TrySkipString();

    /// <summary>Goes on behind numbers that are written as lengths.</summary>
    public static bool TrySkipLengths(RdbInput input, int count)
    {
        while (count-- > 0)
        {
            if (!input.TryReadLength(out _))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySkipStrings(RdbInput input, int strings, int bytesBehind)
    {
        if (!input.TryReadCount(strings + bytesBehind, out long count))
        {
            return false;
        }

        while (count-- > 0)
        {
            if (!input.TrySkipString() || (strings > 1 && !input.TrySkipString()) || !input.TrySkip(bytesBehind))
            {
                return false;
            }

            input.Keep();
        }

        return true;
    }

    private static bool TrySkipTextScores(RdbInput input)
    {
        if (!input.TryReadCount(2, out long count))
        {
            return false;
        }

        while (count-- > 0)
        {
            if (!input.TrySkipString() || !input.TryHave(1))
            {
                return false;
            }

            byte length = *input.At;
            if (!input.TrySkip(length >= NotANumber ? 1 : 1 + length))
            {
                return false;
            }

            input.Keep();
        }

        return true;
    }

    private static bool TrySkipNodes(RdbInput input)
    {
        if (!input.TryReadCount(2, out long count))
        {
            return false;
        }

        while (count-- > 0)
        {
            if (!input.TryReadLength(out _) || !input.TrySkipString())
            {
                return false;
            }

            input.Keep();
        }

        return true;
    }

    private static bool TrySkipStream(RdbInput input, byte type)
    {
        // Nodes: the first entry's identifier, a list. Then the number of entries, the last
        // identifier (two numbers), and since version 2 the first and the last deleted one, and how many were ever added.
        if (!TrySkipStrings(input, 2, 0) || !TrySkipLengths(input, type == RdbType.Stream ? 3 : 8)
            || !input.TryReadCount(5, out long groups))
        {
            return false;
        }

        while (groups-- > 0)
        {
            if (!input.TrySkipString() || !TrySkipLengths(input, type == RdbType.Stream ? 2 : 3) || !TrySkipPending(input)
                || !TrySkipConsumers(input, type))
            {
                return false;
            }

            input.Keep();
        }

        return true;
    }

    /// <summary>What a group has delivered: identifier, time, number of times.</summary>
    private static bool TrySkipPending(RdbInput input)
    {
        if (!input.TryReadCount(IdBytes + TimeBytes + 1, out long count))
        {
            return false;
        }

        while (count-- > 0)
        {
            if (!input.TrySkip(IdBytes + TimeBytes) || !input.TryReadLength(out _))
            {
                return false;
            }

            input.Keep();
        }

        return true;
    }

    /// <summary>Name, one or two times, and the identifiers of what it has not acknowledged.</summary>
    private static bool TrySkipConsumers(RdbInput input, byte type)
    {
        int times = type == RdbType.Stream3 ? 2 * TimeBytes : TimeBytes;
        if (!input.TryReadCount(times + 2, out long count))
        {
            return false;
        }

        while (count-- > 0)
        {
            if (!input.TrySkipString() || !input.TrySkip(times) || !input.TryReadCount(IdBytes, out long pending)
                || !input.TrySkip(pending * IdBytes))
            {
                return false;
            }

            input.Keep();
        }

        return true;
    }
}
