using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>Whom the node follows, if anybody, and how far its data are those of which history. Any thread.</summary>
internal sealed unsafe class NodeReplication : Replication
{
    private const long Second = 1_000_000_000;

    private readonly RunningNode _node;
    private readonly Lock _roles = new();
    private Master? _master;
    private long _position;
    private bool _isLoading;
    private bool _canContinue;

    /// <summary>Makes that of a node that follows nobody. Its threads do not run yet.</summary>
    public NodeReplication(RunningNode node, ReplicaSettings settings)
    {
        _node = node;
        Settings = settings;
        Link = new MasterLink(node, this);
        Roles = new RoleKeeper(node, this);
        Handover = new Failover(node, this);
    }

    /// <summary>What it goes by.</summary>
    public ReplicaSettings Settings { get; }

    /// <summary>The history that the data belong to.</summary>
    public ReplicationHistory History => _node.History;

    /// <summary>The link to the master.</summary>
    public MasterLink Link { get; }

    /// <summary>Hands the part of the master over.</summary>
    public Failover Handover { get; }

    /// <summary>Keeps what a restart has to know.</summary>
    public RoleKeeper Roles { get; }

    /// <summary>
    /// Held while something of the master's is applied, and while the master changes: afterwards nothing more of the former one comes. No
    /// partition may be locked by whoever waits for it.
    /// </summary>
    public Lock Applying { get; } = new();

    /// <summary>Who is followed; null: nobody.</summary>
    public Master? Master => Volatile.Read(ref _master); // pairs with Begin and Lead

    /// <summary>Bytes of the history that the data have: the log's end, if there is one. Written under <see cref="Applying"/>, or while
    /// nothing is applied.</summary>
    public long Position
    {
        get => _node.Feed.Log is { } log ? log.Buffer.End : Volatile.Read(ref _position); // pairs with the set
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>So many bytes of the master's stream are done. Under <see cref="Applying"/>. The log has counted them, if there is
    /// one.</summary>
    public void Advance(long bytes) => Volatile.Write(ref _position, Position + (_node.Feed.Log is not null ? 0 : bytes));

    /// <summary>Whether a part of a transaction of the master's has come, and not the rest. Under <see cref="Applying"/>.</summary>
    public bool IsInTransaction => Link.Conversation.Stream.IsInTransaction;

    /// <summary>The database that the master's stream is at; 0 for a master, whose log says it before each record that needs it.</summary>
    public int StreamDatabase => IsReplica ? Link.Conversation.Stream.Database : 0;

    /// <summary>Whether the data are those of <see cref="History"/> at <see cref="Position"/>, so that a master can be asked for what
    /// follows. Under <see cref="Applying"/>.</summary>
    public bool CanContinue
    {
        get => Volatile.Read(ref _canContinue) && !IsSpoilt; // pairs with the set
        set => Volatile.Write(ref _canContinue, value);
    }

    /// <summary>Whether a client has written to the replica, whose write was let through before the node became one: the data are not the
    /// master's, and a snapshot has to mend that. Where clients may write, their writes are their own.</summary>
    public bool IsSpoilt => _node.Store.HasOwnChanges && Settings.IsReadOnly;

    /// <inheritdoc/>
    public override bool IsReplica => _node.Store.ClientMode != AccessMode.Normal;

    /// <inheritdoc/>
    public override bool RefusesWrites => IsReplica && Settings.IsReadOnly;

    /// <inheritdoc/>
    public override bool RefusesReads => IsReplica && !Settings.ServesStaleData && Link.Stage != LinkStage.Streaming;

    /// <inheritdoc/>
    public override bool IsLoading => Volatile.Read(ref _isLoading); // pairs with SetLoading

    /// <inheritdoc/>
    public override long Lag => ReplicationReport.LagOf(this);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Refusal => Master is { } master && Settings.IsReadOnly ? master.Refusal : default;

    /// <inheritdoc/>
    public override ReplicationStatus Status
    {
        get
        {
            Master? master = Master;
            ReplicationHistory.Names names = History.Present;
            long now = Clock.Monotonic();
            LinkStage stage = Link.Stage;
            return new ReplicationStatus
            {
                IsReplica = master is not null,
                Priority = Settings.Priority,
                IsReadOnly = Settings.IsReadOnly,
                History = names.Name,
                PreviousHistory = names.Previous,
                PreviousEnd = names.PreviousEnd,
                Position = Position,
                MasterHost = master?.Host,
                MasterPort = master?.Port ?? 0,
                Link = master is null ? LinkState.None : MasterLink.StateOf(stage),
                SinceHeard = stage == LinkStage.Streaming ? (now - Link.Conversation.Heard) / Second : -1,
                SinceBroken = stage == LinkStage.Streaming || master is null ? -1 : (now - Link.Attempts.Broken) / Second,
                SnapshotRead = Link.Snapshot?.Received ?? -1,
                SnapshotLength = Link.Snapshot?.Length ?? -1,
            };
        }
    }

    /// <inheritdoc/>
    public override bool IsHost(ReadOnlySpan<byte> host) => RoleFile.IsHost(host);

    /// <inheritdoc/>
    public override FailoverState Failover => Handover.State;

    /// <inheritdoc/>
    public override bool TryBeginFailover(FailoverRequest request) => Handover.TryBegin(request);

    /// <inheritdoc/>
    public override bool AbortFailover() => Handover.TryAbort();

    /// <inheritdoc/>
    public override bool Follow(byte[] host, int port)
    {
        lock (_roles)
        {
            if (_master is { } present && present.Is(host, port))
            {
                return false;
            }

            if (_master is null)
            {
                Submit();
            }

            Begin(new Master(host, port));
        }

        Link.Restart();
        return true;
    }

    /// <summary>Follows a replica, which has everything by now: it is to be the master.</summary>
    public void HandOver(ReplicaPlace target)
    {
        lock (_roles)
        {
            Begin(new Master(target.Host, target.Port));
        }

        Link.Restart();
    }

    /// <inheritdoc/>
    public override void Lead()
    {
        lock (_roles)
        {
            if (_master is null)
            {
                return;
            }

            lock (Applying)
            {
                // First: from here on the position may go on without the master.
                History.Fork(Position);

                // Without a log, what clients write from here on is not counted in the position, so that nobody can be asked for what
                // follows it.
                CanContinue &= _node.Feed.Log is not null;
                Volatile.Write(ref _master, null); // pairs with Master
                _ = Roles.Keep();

                // Last: what clients write now is logged.
                _node.Store.ClientMode = AccessMode.Normal;
            }

            _node.Common.CheckCommands(false);
            _node.Feed.CloseReplicas();
            Log.Info("a master from now on, at position " + ValueText.FormatInteger(Position) + " of the history before");
        }

        Link.Restart();
        _node.Resp.NoteMemory();
        BackgroundEviction.Begin(_node.Server);
    }

    /// <summary>What is in the store is to be, or is no longer, only a part of the data.</summary>
    public void SetLoading(bool isLoading) => Volatile.Write(ref _isLoading, isLoading); // pairs with IsLoading

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next, or 0.</returns>
    public int Tick() => Link.Tick();

    /// <summary>Clients write nothing any more. Changes that are under way are logged before this returns; those that come after it are
    /// not logged (<see cref="IsSpoilt"/>).</summary>
    public void Submit()
    {
        _node.Store.HasOwnChanges = false;
        _node.Store.ClientMode = AccessMode.ReplicaClient;
        _node.Common.CheckCommands(true);
        StoreAccess access = new(_node.Store);
        access.LockPartitions(_node.Store.AllPartitions);
        access.UnlockAll();
    }

    /// <summary>Takes <see cref="Submit"/> back: nobody is followed.</summary>
    public void Withdraw()
    {
        _node.Store.ClientMode = AccessMode.Normal;
        _node.Common.CheckCommands(false);
    }

    // Under _roles, after Submit.
    private void Begin(Master master)
    {
        lock (Applying)
        {
            if (_master is null)
            {
                // The log has counted all changes, so that the new master may go on where this one ended. When there were none since
                // the history began, that is where the one before it ended.
                CanContinue = _node.Feed.Log is not null;
                if (CanContinue)
                {
                    History.Rejoin(Position);
                }
            }

            // What the node adds to the stream by itself has its place before.
            lock (_node.Feed.Adding)
            {
                Volatile.Write(ref _master, master); // pairs with Master
            }
        }

        _ = Roles.Keep();
        _node.Feed.CloseReplicas();
        _node.Resp.Replicas.Waiters.WakeAll(_node.Server);
        Log.Info("a replica of " + master.Text + " from now on");
    }
}
