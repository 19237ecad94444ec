using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <summary>What replicas are fed by. May change while the server runs. Any thread.</summary>
internal sealed class ReplicaOptions
{
    private long _backlogSize = 16L << 20;
    private long _backlogSeconds = 3600;
    private long _timeoutSeconds = 60;
    private long _pingSeconds = 10;
    private long _fewestReplicas;
    private long _longestLag = 10;

    /// <summary>Bytes of the stream that are kept for replicas that come back (repl-backlog-size).</summary>
    public long BacklogSize
    {
        get => Volatile.Read(ref _backlogSize); // pairs with the set
        set => Volatile.Write(ref _backlogSize, value);
    }

    /// <summary>How long they are kept while there is no replica; 0: for ever (repl-backlog-ttl).</summary>
    public long BacklogSeconds
    {
        get => Volatile.Read(ref _backlogSeconds); // pairs with the set
        set => Volatile.Write(ref _backlogSeconds, value);
    }

    /// <summary>How long a replica may be silent (repl-timeout).</summary>
    public long TimeoutSeconds
    {
        get => Volatile.Read(ref _timeoutSeconds); // pairs with the set
        set => Volatile.Write(ref _timeoutSeconds, value);
    }

    /// <summary>How often replicas get a sign of life (repl-ping-replica-period).</summary>
    public long PingSeconds
    {
        get => Volatile.Read(ref _pingSeconds); // pairs with the set
        set => Volatile.Write(ref _pingSeconds, value);
    }

    /// <summary>With fewer replicas than this, writes are refused (min-replicas-to-write).</summary>
    public long FewestReplicas
    {
        get => Volatile.Read(ref _fewestReplicas); // pairs with the set
        set => Volatile.Write(ref _fewestReplicas, value);
    }

    /// <summary>Seconds after which a silent replica does not count for that; 0: writes are not refused (min-replicas-max-lag).</summary>
    public long LongestLag
    {
        get => Volatile.Read(ref _longestLag); // pairs with the set
        set => Volatile.Write(ref _longestLag, value);
    }
}
