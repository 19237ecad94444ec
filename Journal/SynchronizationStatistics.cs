using System.Threading;

namespace Epollsrv.Journal;

/// <summary>How long the disk took to have the log. Written by one thread at a time, read by any, as reports do.</summary>
internal sealed class SynchronizationStatistics
{
    /// <summary>Upper bounds of <see cref="Counts"/> in microseconds; the last one has no bound.</summary>
    public static readonly long[] Bounds = [100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000];

    /// <summary>Synchronizations by duration.</summary>
    public long[] Counts { get; } = new long[Bounds.Length + 1];

    /// <summary>Their sum in nanoseconds.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>When the last one ended, by the monotonic clock; 0: there was none.</summary>
    public long LastEnd { get; private set; }

    /// <summary>Counts one.</summary>
    public void Add(long began, long ended)
    {
        int index = 0;
        while (index < Bounds.Length && (ended - began) / 1000 > Bounds[index])
        {
            index++;
        }

        Volatile.Write(ref Counts[index], Counts[index] + 1); // for reports
        Nanoseconds += ended - began;
        LastEnd = ended;
    }
}
