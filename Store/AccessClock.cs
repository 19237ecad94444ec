using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// The 24 bits in an entry's header that tell how recently or how often it is used. By recency: the time in units of
/// 128 ms, which wraps after 24.8 days. By frequency (LFU policies) as in Redis: 16 bits of minutes since the last decay
/// and an 8-bit logarithmic counter (Morris) that starts at 5 and grows with probability 1 / (10 · (counter − 5) + 1).
/// </summary>
internal static class AccessClock
{
    internal const int FirstFrequency = 5;
    private const int UnitShift = 7;
    private const uint Mask = 0xFFFFFF;
    private const int FrequencyFactor = 10;
    private const long MillisecondsPerMinute = 60_000;

    /// <summary>The recency clock at a time.</summary>
    internal static uint Recency(long now) => (uint)(now >> UnitShift) & Mask;

    /// <summary>The clock of an entry written at a time and counted by frequency.</summary>
    internal static uint FirstUse(long now) => (Minutes(now) << 8) | FirstFrequency;

    /// <summary>Milliseconds since the last use, to 128 ms.</summary>
    internal static long IdleMilliseconds(uint clock, long now) => (long)((Recency(now) - clock) & Mask) << UnitShift;

    /// <summary>The recency clock of an entry last used so many milliseconds ago,
    /// or up to 128 more, so that whole seconds stay what they are.</summary>
    internal static uint WithIdle(long idleMilliseconds, long now) =>
        (Recency(now) - (uint)((idleMilliseconds + (1 << UnitShift) - 1) >> UnitShift)) & Mask;

    /// <summary>The frequency counter after decay: one less for each minute without use.</summary>
    internal static int Frequency(uint clock, long now)
    {
        int counter = (byte)clock;
        int minutes = (int)((Minutes(now) - (clock >> 8)) & 0xFFFF);
        return minutes >= counter ? 0 : counter - minutes;
    }

    /// <summary>The clock of an entry with a frequency.</summary>
    internal static uint WithFrequency(int frequency, long now) => (Minutes(now) << 8) | (byte)frequency;

    /// <summary>The clock after one more use.</summary>
    internal static uint Use(uint clock, long now, ref ulong random)
    {
        int counter = Frequency(clock, now);
        if (counter < byte.MaxValue)
        {
            uint range = counter <= FirstFrequency ? 1 : (uint)(((counter - FirstFrequency) * FrequencyFactor) + 1);
            if ((uint)(((Next(ref random) >> 32) * range) >> 32) == 0)
            {
                counter++;
            }
        }

        return WithFrequency(counter, now);
    }

    /// <summary>xorshift64* (Vigna 2016).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Next(ref ulong state)
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545F4914F6CDD1D;
    }

    private static uint Minutes(long now) => (uint)(now / MillisecondsPerMinute) & 0xFFFF;
}
