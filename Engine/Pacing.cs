using System;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// Limits on the bytes a second of files that are sent: of the whole server, and of each transfer. Each has a moment that every byte sent
/// moves on by its share of a second, and nothing is sent before that moment. Any thread that owns the connection; there is none when there
/// is no limit.
/// </summary>
internal sealed unsafe class Pacing
{
    private const long Second = 1_000_000_000;

    // Connections that wait are woken by the sweep over deadlines: what was not used since the last one is not lost.
    private const long Kept = Second * 3 / 10;

    // A chunk is a small part of a second, so that connections take turns.
    private const long SmallestChunk = 16 * 1024;
    private const int ChunksPerSecond = 64;

    private readonly long _serverRate;
    private readonly long _transferRate;
    private readonly long _chunk;

    // The server's moment. Moved on by whoever sends.
    private long _serverNext;

    /// <summary>Sets the limits.</summary>
    /// <param name="serverRate">Bytes a second of all transfers together; 0: no limit.</param>
    /// <param name="transferRate">Bytes a second of one transfer; 0: no limit.</param>
    public Pacing(long serverRate, long transferRate)
    {
        _serverRate = serverRate;
        _transferRate = transferRate;
        long least = serverRate == 0 ? transferRate : transferRate == 0 ? serverRate : Math.Min(serverRate, transferRate);
        _chunk = Math.Max(SmallestChunk, least / ChunksPerSecond);
        Least = least;
    }

    /// <summary>Bytes a second that the lower of the limits allows.</summary>
    public long Least { get; }

    /// <summary>Bytes of a file that may be sent now; 0: none, wait for the next sweep.</summary>
    /// <param name="segment">The file.</param>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    public long Allowed(OutputSegment* segment, long now)
    {
        bool early = (_transferRate > 0 && segment->Owner > now)
            || (_serverRate > 0 && Volatile.Read(ref _serverNext) > now); // pairs with Sent
        return early ? 0 : _chunk;
    }

    /// <summary>Bytes of the file were sent.</summary>
    public void Sent(OutputSegment* segment, long bytes, long now)
    {
        if (_transferRate > 0)
        {
            segment->Owner = (nint)(Math.Max(segment->Owner, now - (segment->Owner == 0 ? 0 : Kept)) + Share(bytes, _transferRate));
        }

        if (_serverRate > 0)
        {
            long next;
            long seen = Volatile.Read(ref _serverNext); // pairs with the exchange below
            do
            {
                next = seen;
                long wanted = Math.Max(next, now - Kept) + Share(bytes, _serverRate);
                seen = Interlocked.CompareExchange(ref _serverNext, wanted, next); // pairs with the read in Allowed
            }
            while (seen != next);
        }
    }

    private static long Share(long bytes, long rate) => (long)((double)bytes / rate * Second);
}
