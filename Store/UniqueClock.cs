using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Store;

/// <summary>
/// Where the numbers of items come from (<see cref="ItemFields.Unique"/>): the microseconds of the wall clock, but always higher than
/// every number that was given or seen. Any thread.
/// </summary>
public sealed class UniqueClock
{
    /// <summary>Numbers from here on are none of this clock's: a file or a master may name them, and it does not go on from them.
    /// Lower ones are exact in a double.</summary>
    public const ulong Limit = 1UL << 53;

    private const long Microsecond = 1000;
    private const long LeapMicroseconds = 3_600_000_000;

    private long _last;
    private long _floor;

    /// <summary>The highest number given or seen; 0: none.</summary>
    public long Last => Volatile.Read(ref _last); // pairs with Next and Raise

    /// <summary>The next number.</summary>
    public ulong Next()
    {
        long least = Math.Max(Clock.Wall() / Microsecond, Volatile.Read(ref _floor)); // pairs with Leap
        while (true)
        {
            // Pairs with itself and with Raise: nobody gets a number twice.
            long last = Volatile.Read(ref _last);
            long next = Math.Max(last + 1, least);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return (ulong)next;
            }
        }
    }

    /// <summary>Later numbers are higher than this one, which a file or a master has told; see <see cref="Limit"/>.</summary>
    public void Raise(ulong seen)
    {
        long last;
        while (seen < Limit && (long)seen > (last = Volatile.Read(ref _last)))
        {
            // Pairs with Next.
            _ = Interlocked.CompareExchange(ref _last, (long)seen, last);
        }
    }

    /// <summary>
    /// Leaves out an hour: numbers may have been given that nobody here has seen, by this node before a crash that has cost the end of
    /// the log, or by a master whose clock is ahead. To be called after a start, and when a replica becomes a master.
    /// </summary>
    public void Leap() => Volatile.Write(ref _floor, Math.Max(Clock.Wall() / Microsecond, Last) + LeapMicroseconds); // pairs with Next
}
