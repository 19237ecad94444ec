namespace Epollsrv.Bench;

/// <summary>
/// The fixed rate: request k of connection c is due at a moment known from the start, and its time counts from then. A server that stalls
/// cannot slow the schedule down ("coordinated omission", Gil Tene). Belongs to a thread of the load generator.
/// </summary>
internal sealed unsafe class RequestSchedule
{
    private readonly LoadConnections _connections;
    private readonly double _connectionInterval;

    /// <summary>The schedule of a thread's connections, which begins now.</summary>
    public RequestSchedule(BenchSettings settings, int thread, LoadConnections connections, long begin)
    {
        double interval = 1e9 / settings.Rate;
        _connections = connections;
        _connectionInterval = interval * settings.Connections;
        for (int i = 0; i < connections.Count; i++)
        {
            connections[i]->Started = begin + (long)(((i * settings.Threads) + thread) * interval);
        }
    }

    /// <summary>Requests that have become due, of all connections.</summary>
    public long Released { get; private set; }

    /// <summary>When the next request is due, nanoseconds. Connections take turns.</summary>
    public long NextTime => DueTime(_connections[Released], Released / _connections.Count);

    /// <summary>When a request of a connection is or was due, nanoseconds.</summary>
    public long DueTime(BenchConnection* connection, long sequence) => connection->Started + (long)(sequence * _connectionInterval);

    /// <summary>Enters all requests that are due with their connections, at most so many.</summary>
    /// <returns>How many there were.</returns>
    public long Release(long now, long most)
    {
        long released = 0;
        while (released < most && NextTime <= now)
        {
            _connections[Released]->Due++;
            Released++;
            released++;
        }

        return released;
    }
}
