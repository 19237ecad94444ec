using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>Values of CONFIG as text, and back.</summary>
internal static unsafe class ConfigValues
{
    // Redis's numbers: K E g $ l s h z x e t m, d, n.
    private const int AllEvents = 0x7FC | (1 << 13);

    // As many fit the buffer that Redis copies them to.
    private const int MostDigits = 128;

    /// <summary>The eviction policies there are.</summary>
    private const int Policies = 8;

    private static ReadOnlySpan<byte> EventLetters => "KEg$lshzxetm-dn"u8;

    /// <summary>Redis's name of a policy.</summary>
    public static ReadOnlySpan<byte> PolicyName(EvictionPolicy policy) => policy switch
    {
        EvictionPolicy.AllKeysLru => "allkeys-lru"u8,
        EvictionPolicy.VolatileLru => "volatile-lru"u8,
        EvictionPolicy.AllKeysLfu => "allkeys-lfu"u8,
        EvictionPolicy.VolatileLfu => "volatile-lfu"u8,
        EvictionPolicy.VolatileRandom => "volatile-random"u8,
        EvictionPolicy.VolatileTtl => "volatile-ttl"u8,
        EvictionPolicy.AllKeysRandom => "allkeys-random"u8,
        _ => "noeviction"u8,
    };

    /// <summary>A size as Redis reads it: <c>1mb</c> is 1024-based, <c>1m</c> 1000-based, no sign, no fraction; without digits it is 0, and
    /// what is beyond 64 bits is the largest number of them.</summary>
    private static bool TryReadMemory(Argument* text, out ulong bytes)
    {
        bytes = 0;
        int digits = 0;
        while (digits < text->Length && text->Data[digits] is >= (byte)'0' and <= (byte)'9')
        {
            digits++;
        }

        Argument unit = new() { Data = text->Data + digits, Length = text->Length - digits };
        ulong factor = unit.Length == 0 || unit.Is("b"u8) ? 1ul
            : unit.Is("k"u8) ? 1000 : unit.Is("kb"u8) ? 1 << 10
            : unit.Is("m"u8) ? 1_000_000 : unit.Is("mb"u8) ? 1 << 20
            : unit.Is("g"u8) ? 1_000_000_000 : unit.Is("gb"u8) ? 1 << 30
            : 0ul;
        for (int i = 0; i < digits; i++)
        {
            bytes = bytes > (ulong.MaxValue - 9) / 10 ? ulong.MaxValue : (bytes * 10) + (uint)(text->Data[i] - '0');
        }

        bytes = factor != 0 && bytes > ulong.MaxValue / factor ? ulong.MaxValue : bytes * factor;
        return digits < MostDigits && factor != 0;
    }

    /// <summary>Reads a number within bounds. Like those below: null, or what is wrong in Redis's words.</summary>
    public static string? ReadNumber(Argument* value, long least, long most, out long number)
        => !Numbers.TryParse(value->Data, value->Length, out number) ? "argument couldn't be parsed into an integer"
            : number >= least && number <= most ? null : Between(least, most);

    /// <summary>Reads a size within bounds.</summary>
    public static string? ReadMemory(Argument* value, long least, long most, out long bytes)
    {
        bool isRead = TryReadMemory(value, out ulong size);
        bytes = (long)Math.Min(size, long.MaxValue);
        return !isRead ? "argument must be a memory value" : size >= (ulong)least && size <= (ulong)most ? null : Between(least, most);
    }

    /// <summary>Reads yes or no as 1 or 0.</summary>
    public static string? ReadYesOrNo(Argument* value, out long answer)
    {
        answer = value->Is("yes"u8) ? 1 : 0;
        return answer != 0 || value->Is("no"u8) ? null : "argument must be 'yes' or 'no'";
    }

    /// <summary>What is wrong with a number beyond its bounds.</summary>
    public static string Between(long least, long most) => "argument must be between " + Text(least) + " and " + Text(most) + " inclusive";

    /// <summary>A number in digits.</summary>
    public static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Reads a decimal number without a sign, in millionths; what is behind the sixth place is not looked at.</summary>
    public static bool TryReadMillionths(ReadOnlySpan<byte> text, out long millionths)
    {
        const int places = 6;
        millionths = 0;
        int place = -1;
        int digits = 0;
        foreach (byte letter in text)
        {
            if (letter == (byte)'.' && place < 0)
            {
                place = 0;
                continue;
            }

            if (letter is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            digits++;
            if (place < places && millionths < long.MaxValue / 100)
            {
                millionths = (millionths * 10) + (letter - '0');
                place += place < 0 ? 0 : 1;
            }
        }

        for (int i = Math.Max(place, 0); i < places; i++)
        {
            millionths = millionths < long.MaxValue / 10 ? millionths * 10 : long.MaxValue;
        }

        return digits > 0;
    }

    /// <summary>Reads the name of a policy, for <see cref="ConfigEntry"/>.</summary>
    public static string? CheckPolicy(Argument* value, out ConfigValue read)
    {
        read = default;
        for (int i = 0; i < Policies; i++)
        {
            if (value->Is(PolicyName((EvictionPolicy)i)))
            {
                read.Number = i;
                return null;
            }
        }

        return "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, "
            + "allkeys-lru, allkeys-lfu, allkeys-random, noeviction";
    }

    /// <summary>Reads the letters of notify-keyspace-events, for <see cref="ConfigEntry"/>.</summary>
    public static string? CheckEvents(Argument* value, out ConfigValue read)
    {
        read = default;
        return TryReadEvents(value->Span, out read.Number) ? null : "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    }

    /// <summary>Reads the letters of notify-keyspace-events.</summary>
    public static bool TryReadEvents(ReadOnlySpan<byte> letters, out long events)
    {
        events = 0;
        foreach (byte letter in letters)
        {
            // Redis reads a string of C.
            if (letter == 0)
            {
                break;
            }

            int bit = letter == (byte)'-' ? -1 : EventLetters.IndexOf(letter);
            if (letter == (byte)'A')
            {
                events |= AllEvents;
            }
            else if (bit < 0)
            {
                return false;
            }
            else
            {
                events |= 1L << bit;
            }
        }

        return true;
    }

    /// <summary>Writes them as Redis does: classes or A, then K, E, m.</summary>
    public static void AddEvents(ReplyText text, long events)
    {
        if ((events & AllEvents) == AllEvents)
        {
            _ = text.Add("A"u8);
        }
        else
        {
            AddLetters(text, events, [2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14]);
        }

        AddLetters(text, events, [0, 1, 11]);
    }

    /// <summary>A percentile without zeros at its end: <c>99.9</c>.</summary>
    public static void AddPercentile(ReplyText text, long millionths)
    {
        ReadOnlySpan<byte> digits = new ReplyText().Add(millionths / 1e6, 6).Written;
        _ = text.Add(digits.TrimEnd((byte)'0').TrimEnd((byte)'.'));
    }

    private static void AddLetters(ReplyText text, long events, ReadOnlySpan<byte> bits)
    {
        foreach (byte bit in bits)
        {
            if ((events & (1L << bit)) != 0)
            {
                _ = text.Add(EventLetters.Slice(bit, 1));
            }
        }
    }
}
