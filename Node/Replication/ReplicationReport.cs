using System;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>What a node tells of replication, in /metrics and in /status.json: its own part, its link, its replicas. Workers only, except
/// where a member says otherwise.</summary>
internal static unsafe class ReplicationReport
{
    private const long Second = 1_000_000_000;

    /// <summary>Adds families to /metrics.</summary>
    public static void AddMetrics(RunningNode node, in MetricsWriter metrics)
    {
        ReplicationStatus status = node.Replication.Status;
        Replicas replicas = node.Resp.Replicas;
        metrics.Gauge("replication_is_replica"u8, "1 while the node follows a master."u8, status.IsReplica ? 1 : 0);
        metrics.Gauge("replication_position_bytes"u8, "Bytes of its history that the data have."u8, status.Position);
        metrics.Counter("replication_full_syncs_total"u8, "Snapshots that replicas have asked for."u8, replicas.Fulls);
        metrics.Counter("replication_partial_syncs_total"u8, "Times that a replica went on from where it was."u8, replicas.Partials);
        metrics.Family("replication_partial_syncs_refused_total"u8, "counter"u8, "Times that one wanted to and could not."u8);
        metrics.Sample("replication_partial_syncs_refused_total"u8, "reason"u8, "position"u8, replicas.RefusedPositions);
        metrics.Sample("replication_partial_syncs_refused_total"u8, "reason"u8, "history"u8, replicas.RefusedHistories);
        if (status.IsReplica)
        {
            metrics.Gauge("replication_link_up"u8, "1 while the master's changes arrive."u8, status.Link == LinkState.Connected ? 1 : 0);
            metrics.Gauge("replication_link_age_seconds"u8, "Since the master was last heard, or the link broke."u8,
                status.Link == LinkState.Connected ? status.SinceHeard : status.SinceBroken);
            metrics.Counter("replication_commands_ignored_total"u8, "Commands of the master that were left out."u8,
                node.Replication.Link.Conversation.Stream.Ignored);
            metrics.Counter("replication_keys_ignored_total"u8, "Keys of its snapshots that were left out."u8,
                node.Replication.Link.Takeover.Skipped);
        }

        metrics.Gauge("replicas"u8, "Connections of replicas."u8, replicas.Count);
        if (replicas.Count == 0)
        {
            return;
        }

        Listing listing = new() { Metrics = metrics, Position = node.Feed.Position, Now = Clock.Monotonic() / 1_000_000 };
        metrics.Family("replica_lag_bytes"u8, "gauge"u8, "Bytes of the stream that the replica has not acknowledged."u8);
        replicas.Visit(ref listing, &AddLag);
        metrics.Family("replica_silence_seconds"u8, "gauge"u8, "Since the replica was last heard."u8);
        replicas.Visit(ref listing, &AddSilence);
    }

    /// <summary>Adds the member "replication" to /status.json, with a comma in front (docs/HTTP.md).</summary>
    public static void AddStatus(RunningNode node, ByteBuilder body)
    {
        ReplicationStatus status = node.Replication.Status;
        body.Add(status.IsReplica ? ",\"replication\":{\"role\":\"replica\",\"master\":"u8 : ",\"replication\":{\"role\":\"master\""u8);
        if (node.Replication.Master is { } master)
        {
            body.AddJson(System.Text.Encoding.UTF8.GetBytes(master.Text));
            body.Add(status.Link == LinkState.Connected ? ",\"up\":true"u8 : ",\"up\":false"u8);
        }
        else if (status.IsReplica)
        {
            body.Add("null"u8);
        }

        body.Add(",\"position\":"u8);
        body.Add(status.Position);
        body.Add(",\"replicas\":["u8);
        Listing listing = new() { Body = body, Position = node.Feed.Position, Now = Clock.Monotonic() / 1_000_000 };
        node.Resp.Replicas.Visit(ref listing, &AddReplica);
        body.Add("]}"u8);
    }

    /// <summary>As <see cref="Replication.Status"/>. Any thread.</summary>
    public static ReplicationStatus StatusOf(NodeReplication replication)
    {
        Master? master = replication.Master;
        MasterLink link = replication.Link;
        ReplicationHistory.Names names = replication.History.Present;
        ReplicaSettings settings = replication.Settings;
        long now = Clock.Monotonic();
        LinkStage stage = link.Stage;
        return new ReplicationStatus
        {
            IsReplica = master is not null,
            Priority = settings.Priority,
            IsReadOnly = settings.IsReadOnly,
            History = names.Name,
            PreviousHistory = names.Previous,
            PreviousEnd = names.PreviousEnd,
            Position = replication.Position,
            MasterHost = master?.Host,
            MasterPort = master?.Port ?? 0,
            Link = master is null ? LinkState.None : MasterLink.StateOf(stage),
            SinceHeard = stage == LinkStage.Streaming ? (now - link.Conversation.Heard) / Second : -1,
            SinceBroken = stage == LinkStage.Streaming || master is null ? -1 : (now - link.Attempts.Broken) / Second,
            SnapshotRead = link.Snapshot?.Received ?? -1,
            SnapshotLength = link.Snapshot?.Length ?? -1,
        };
    }

    /// <summary>As <see cref="Replication.Lag"/>. Any thread.</summary>
    public static long LagOf(NodeReplication replication)
        => !replication.IsReplica ? 0
            : replication.Link.Stage != LinkStage.Streaming ? long.MaxValue
            : Math.Max(0, Clock.Monotonic() - replication.Link.Conversation.Heard);

    private static bool IsOnline(Replica* replica) => replica->State == ReplicaState.Online;

    private static void AddLag(ref Listing listing, Replica* replica)
    {
        if (IsOnline(replica))
        {
            Begin(listing.Metrics, "replica_lag_bytes"u8, replica);
            listing.Metrics.End(Math.Max(0, listing.Position - replica->Acknowledged));
        }
    }

    private static void AddSilence(ref Listing listing, Replica* replica)
    {
        Begin(listing.Metrics, "replica_silence_seconds"u8, replica);
        listing.Metrics.EndSeconds(Math.Max(0, listing.Now - replica->HeardAt) * (Second / 1000));
    }

    // The connection's number makes those differ that give the same address.
    private static void Begin(in MetricsWriter metrics, ReadOnlySpan<byte> name, Replica* replica)
    {
        metrics.Begin(name, "address"u8, default);
        AddAddress(metrics.Body, replica);
        metrics.Label("connection"u8, default);
        metrics.Body.Add((uint)replica->Token);
    }

    private static void AddReplica(ref Listing listing, Replica* replica)
    {
        listing.Body!.Add(listing.Count++ == 0 ? "{\"address\":\""u8 : ",{\"address\":\""u8);
        AddAddress(listing.Body, replica);
        listing.Body.Add(IsOnline(replica) ? "\",\"online\":true,\"lag\":"u8 : "\",\"online\":false,\"lag\":"u8);
        listing.Body.Add(IsOnline(replica) ? Math.Max(0, listing.Position - replica->Acknowledged) : 0);
        listing.Body.Add("}"u8);
    }

    // A replica names itself as it likes: what would end a text of JSON or of a label is left out.
    private static void AddAddress(ByteBuilder body, Replica* replica)
    {
        for (int i = 0; i < replica->AddressLength; i++)
        {
            byte letter = replica->Address[i];
            body.Add(char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'.' or (byte)':' or (byte)'-' or (byte)'_'
                ? letter : (byte)'?');
        }

        body.Add((byte)':');
        body.Add(replica->Port);
    }

    private struct Listing
    {
        public MetricsWriter Metrics;
        public ByteBuilder? Body;
        public long Position;
        public long Now;
        public int Count;
    }
}
