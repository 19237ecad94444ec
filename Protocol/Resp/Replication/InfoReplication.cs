using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>The section "replication" of INFO, with the fields of Redis 7.0 in their order.</summary>
internal static unsafe class InfoReplication
{
    private static ReadOnlySpan<byte> NoHistory => "0000000000000000000000000000000000000000"u8;

    /// <summary>Adds the fields.</summary>
    public static ReplyText Write(CommandContext call, ReplyText text)
    {
        ReplicationFeed feed = call.Resp.Feed!;
        Replicas replicas = call.Resp.Replicas;
        ReplicaOptions options = call.Resp.Options.Replicas;
        ReplicationStatus status = call.Common.Replication?.Status ?? new ReplicationStatus { History = feed.History, PreviousEnd = -1 };
        text.Line("role:"u8, status.IsReplica ? "slave"u8 : "master"u8);
        if (status.IsReplica)
        {
            WriteLink(call, text, status);
        }

        text.Line("connected_slaves:"u8, replicas.Count);
        if (options.FewestReplicas > 0 && options.LongestLag > 0)
        {
            text.Line("min_slaves_good_slaves:"u8, replicas.CountHeard((Clock.Monotonic() / 1_000_000) - (options.LongestLag * 1000)));
        }

        Listing listing = new() { Text = text, Now = Clock.Monotonic() / 1_000_000 };
        replicas.Visit(ref listing, &Add);
        FailoverState failover = call.Common.Replication?.Failover ?? FailoverState.None;
        return text.Line("master_failover_state:"u8, failover == FailoverState.None ? "no-failover"u8
                : failover == FailoverState.Waiting ? "waiting-for-sync"u8 : "failover-in-progress"u8)
            .Line("master_replid:"u8, status.History)
            .Line("master_replid2:"u8, status.PreviousHistory ?? NoHistory)
            .Line("master_repl_offset:"u8, status.IsReplica ? feed.Position : feed.ShownPosition)
            .Line("second_repl_offset:"u8, status.PreviousEnd)
            .Line("repl_backlog_active:"u8, feed.IsKept ? 1 : 0)
            .Line("repl_backlog_size:"u8, options.BacklogSize)
            .Line("repl_backlog_first_byte_offset:"u8, feed.IsKept ? feed.KeptFrom + 1 : 0)
            .Line("repl_backlog_histlen:"u8, feed.IsKept ? feed.Readable - feed.KeptFrom : 0);
    }

    private static void WriteLink(CommandContext call, ReplyText text, in ReplicationStatus status)
    {
        bool isUp = status.Link == LinkState.Connected;
        text.Line("master_host:"u8, status.MasterHost)
            .Line("master_port:"u8, status.MasterPort)
            .Line("master_link_status:"u8, isUp ? "up"u8 : "down"u8)
            .Line("master_last_io_seconds_ago:"u8, isUp ? status.SinceHeard : -1)
            .Line("master_sync_in_progress:"u8, status.Link == LinkState.Snapshot ? 1 : 0)
            .Line("slave_read_repl_offset:"u8, status.Position)
            .Line("slave_repl_offset:"u8, status.Position);
        if (status.Link == LinkState.Snapshot)
        {
            double percent = status.SnapshotLength <= 0 ? 0 : Math.Min(100, status.SnapshotRead * 100.0 / status.SnapshotLength);
            text.Line("master_sync_total_bytes:"u8, Math.Max(0, status.SnapshotLength))
                .Line("master_sync_read_bytes:"u8, status.SnapshotRead)
                .Line("master_sync_left_bytes:"u8, Math.Max(0, status.SnapshotLength - status.SnapshotRead))
                .Line("master_sync_perc:"u8, percent, 2)
                .Line("master_sync_last_io_seconds_ago:"u8, status.SinceHeard);
        }

        if (!isUp)
        {
            text.Line("master_link_down_since_seconds:"u8, status.SinceBroken);
        }

        text.Line("slave_priority:"u8, status.Priority)
            .Line("slave_read_only:"u8, status.IsReadOnly ? 1 : 0)
            .Line("replica_announced:"u8, 1);
    }

    private static void Add(ref Listing listing, Replica* replica)
    {
        bool isOnline = replica->State is ReplicaState.Online or ReplicaState.Loaded;
        listing.Text.Add("slave"u8).Add(listing.Count++).Add(":ip="u8).Add(new ReadOnlySpan<byte>(replica->Address, replica->AddressLength))
            .Add(",port="u8).Add(replica->Port)
            .Add(",state="u8).Add(isOnline ? "online"u8 : replica->State == ReplicaState.Loads ? "send_bulk"u8 : "wait_bgsave"u8)
            .Add(",offset="u8).Add(replica->Acknowledged)
            .Add(",lag="u8).Add(isOnline ? Math.Max(0, listing.Now - replica->HeardAt) / 1000 : 0).Add("\r\n"u8);
    }

    private struct Listing
    {
        public ReplyText Text;
        public long Now;
        public int Count;
    }
}
