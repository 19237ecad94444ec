using System;
using System.Threading;

namespace Epollsrv.Bench;

/// <summary>The times of the requests of one thread of the load generator. Written by it; others read where a member says so.</summary>
internal sealed unsafe class LoadTimes
{
    private long _replies;

    /// <summary>The times of requests that were answered. Other threads may read.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>The waits so far of requests that had waited for long at the end. Read once the thread has ended.</summary>
    public Histogram Waiting { get; } = new();

    /// <summary>How many there are in <see cref="Waiting"/>. Read once the thread has ended.</summary>
    public long Unanswered { get; private set; }

    /// <summary>Requests answered. Any thread.</summary>
    public long Replies => Volatile.Read(ref _replies); // pairs with Add

    /// <summary>A connection's last so many requests were answered.</summary>
    public void Add(BenchConnection* connection, RequestSchedule? schedule, long now, int done)
    {
        if (schedule != null)
        {
            for (long sequence = connection->Received - done; sequence < connection->Received; sequence++)
            {
                Latency.Add(now - schedule.DueTime(connection, sequence), 1);
            }
        }
        else
        {
            Latency.Add(now - connection->Started, done);
        }

        Volatile.Write(ref _replies, _replies + done); // pairs with Replies
    }

    /// <summary>
    /// At the end: counts requests that were never answered. They must not vanish: a server that stalls until the end would look fast.
    /// </summary>
    public void AddUnanswered(LoadConnections connections, RequestSchedule? schedule, long now)
    {
        // In a closed loop every connection waits at the end: only a wait longer than any that ended tells something.
        long longWait = Math.Max(100_000_000, schedule != null ? 0 : Latency.Percentile(1_000_000));
        for (int i = 0; i < connections.Count; i++)
        {
            BenchConnection* connection = connections[i];
            long last = schedule != null ? connection->Due : connection->Sent;
            for (long sequence = connection->Received; sequence < last; sequence++)
            {
                long wait = now - (schedule != null ? schedule.DueTime(connection, sequence) : connection->Started);
                if (wait < longWait)
                {
                    break;
                }

                Waiting.Add(wait, 1);
                Unanswered++;
            }
        }
    }
}
