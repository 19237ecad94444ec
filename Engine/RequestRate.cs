using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// Requests and bytes a second. The loop takes samples while it is awake, and a server that is asleep has nothing to count: nobody is
/// woken for them.
/// </summary>
internal sealed unsafe class RequestRate(ThreadContext[] turns)
{
    // As in Redis: sixteen samples of 100 ms.
    private const int Capacity = 16;
    private const long WindowNanoseconds = 1_600_000_000;

    private readonly Lock _lock = new();
    private readonly Counts[] _samples = new Counts[Capacity];
    private int _next;

    /// <summary>Takes a sample, as of a time. Event loop, at most every 100 ms.</summary>
    public void Sample(long now)
    {
        Counts counts = Count(now);
        lock (_lock)
        {
            _samples[_next++ % Capacity] = counts;
        }
    }

    /// <summary>The rates over the last 1.6 s, or since the server woke up. Any thread.</summary>
    public void Read(long now, out long requests, out long bytesIn, out long bytesOut)
    {
        Counts current = Count(now);
        Counts start = default;
        lock (_lock)
        {
            int first = _next > Capacity ? _next - Capacity : 0;
            for (int i = first; i < _next; i++)
            {
                // The newest that is old enough, or the oldest.
                if (i == first || now - _samples[i % Capacity].Time >= WindowNanoseconds)
                {
                    start = _samples[i % Capacity];
                }
            }
        }

        // A sample from before the server slept: all that was counted since then was counted just now.
        long elapsed = System.Math.Clamp(now - start.Time, 1_000_000, WindowNanoseconds);
        requests = PerSecond(current.Requests - start.Requests, elapsed);
        bytesIn = PerSecond(current.BytesIn - start.BytesIn, elapsed);
        bytesOut = PerSecond(current.BytesOut - start.BytesOut, elapsed);
    }

    private static long PerSecond(long count, long nanoseconds) => (long)(count * 1e9 / nanoseconds);

    private Counts Count(long now)
    {
        Counts counts = new() { Time = now };
        foreach (ThreadContext thread in turns)
        {
            counts.Requests += thread.Counters->Requests;
            counts.BytesIn += thread.Counters->BytesIn;
            counts.BytesOut += thread.Counters->BytesOut;
        }

        return counts;
    }

    private struct Counts
    {
        public long Time;
        public long Requests;
        public long BytesIn;
        public long BytesOut;
    }
}
