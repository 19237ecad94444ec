using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>Looks after the replicas once a second: tells those that wait that the node is alive, and ends those that were silent, behind
/// or slow for too long. Event loop.</summary>
internal static unsafe class ReplicaSupervision
{
    // A snapshot goes at the speed of the slowest reader: all that get it wait for that one, and so do those for the disk.
    private const long SlowestBytesPerSecond = 16 * 1024;

    /// <summary>Looks at all of them.</summary>
    /// <param name="replicas">The list.</param>
    /// <param name="server">Has their connections.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="options">Limits.</param>
    /// <param name="feed">What they get.</param>
    public static void Look(Replicas replicas, Server server, long now, RespOptions options, ReplicationFeed feed)
    {
        Round round = new()
        {
            Server = server,
            Now = now / 1_000_000,
            Begin = feed.KeptFrom,
            End = feed.Readable,
            Limits = options.ReplicaOutputLimits,
            Timeout = options.Replicas.TimeoutSeconds * 1000,
        };
        replicas.Visit(ref round, &Look);
    }

    private static void Look(ref Round round, Replica* replica)
    {
        if (replica->State == ReplicaState.Waits)
        {
            _ = round.Server.Signals.Post(replica->Token, null, Replicas.AliveKind);
            return;
        }

        // One that has all that there is of its snapshot waits for us.
        bool loads = replica->State == ReplicaState.Loads;
        bool waits = loads && Volatile.Read(ref replica->IsIdle) != 0; // pairs with ReplicaFeeder
        replica->HeardAt = waits ? round.Now : replica->HeardAt;
        replica->PacedSince = waits ? 0 : replica->PacedSince;

        // The limit is about memory: a replica that is fed from files needs none.
        bool isBehind = round.Limits[1] > 0 && replica->Position >= round.Begin && round.End - replica->Position > round.Limits[1];
        replica->BehindSince = !isBehind ? 0 : replica->BehindSince == 0 ? round.Now : replica->BehindSince;
        if (loads && !waits && IsTooSlow(round, replica))
        {
            Close(round.Server, replica, "took too little of its snapshot within repl-timeout");
        }
        else if (isBehind && round.Now - replica->BehindSince > round.Limits[2] * 1000)
        {
            Close(round.Server, replica, "was behind for longer than client-output-buffer-limit allows");
        }
        else if (round.Now - replica->HeardAt > round.Timeout)
        {
            Close(round.Server, replica, "was silent for longer than repl-timeout");
        }
    }

    private static bool IsTooSlow(in Round round, Replica* replica)
    {
        long taken = replica->SnapshotOffset - replica->PacedFrom;
        bool isFresh = replica->PacedSince == 0 || taken < 0 || taken >= round.Timeout / 1000 * SlowestBytesPerSecond;
        replica->PacedFrom = isFresh ? replica->SnapshotOffset : replica->PacedFrom;
        replica->PacedSince = isFresh ? round.Now : replica->PacedSince;
        return round.Now - replica->PacedSince > round.Timeout;
    }

    private static void Close(Server server, Replica* replica, string why)
    {
        if (server.Signals.Kill(replica->Token))
        {
            ReplicaEvents.Write(server, 4, replica, why + " and is closed");
        }
    }

    private struct Round
    {
        public Server Server;
        public long Now;
        public long Begin;
        public long End;
        public long[] Limits;
        public long Timeout;
    }
}
