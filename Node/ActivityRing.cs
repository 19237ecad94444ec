using System;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Node;

/// <summary>
/// The last ten minutes of a node as a ring of samples, one for each interval of two seconds since the start. Nobody is woken for a sample:
/// intervals that ended while the node slept are filled when it wakes up.
/// </summary>
internal sealed unsafe class ActivityRing(long began)
{
    /// <summary>Intervals that are kept.</summary>
    public const int Capacity = 300;

    /// <summary>Nanoseconds of an interval.</summary>
    public const long Interval = 2_000_000_000;

    private readonly Lock _lock = new();
    private readonly ActivitySample* _samples = (ActivitySample*)NativeRegion.Reserve(Capacity * sizeof(ActivitySample));
    private long _end;

    /// <summary>Intervals since the start that have their sample. Any thread.</summary>
    public long End => Volatile.Read(ref _end); // pairs with Add

    /// <summary>Whether an interval has ended that has no sample yet. Event loop only.</summary>
    public bool IsDue(long now) => Ended(now) > _end;

    /// <summary>
    /// Gives the first interval without a sample what was counted since the last call, and those after it that have ended nothing.
    /// Event loop only.
    /// </summary>
    public void Add(long now, in ActivitySample sample)
    {
        long ended = Ended(now);
        ActivitySample quiet = sample.Quiet;
        lock (_lock)
        {
            for (long i = Math.Max(_end, ended - Capacity); i < ended; i++)
            {
                _samples[i % Capacity] = i == _end ? sample : quiet;
            }

            Volatile.Write(ref _end, Math.Max(_end, ended)); // pairs with End
        }
    }

    /// <summary>Copies the samples of the intervals from a number on, or as many of them as there are. Any thread.</summary>
    /// <param name="first">The number of the first interval; set to that of the first copied. One that is yet to come means all.</param>
    /// <param name="samples">Room for <see cref="Capacity"/> samples.</param>
    /// <returns>How many were copied.</returns>
    public int Read(ref long first, Span<ActivitySample> samples)
    {
        lock (_lock)
        {
            first = Math.Max(first > _end ? 0 : first, Math.Max(0, _end - Capacity));
            int count = (int)(_end - first);
            for (int i = 0; i < count; i++)
            {
                samples[i] = _samples[(first + i) % Capacity];
            }

            return count;
        }
    }

    private long Ended(long now) => (now - began) / Interval;
}
