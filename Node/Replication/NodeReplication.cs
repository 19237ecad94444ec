using System;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>Whom the node follows, if anybody, and how far its data are those of which history. Any thread.</summary>
internal sealed unsafe class NodeReplication : Replication
{
    private const long Second = 1_000_000_000;
    private const int RetryMilliseconds = 1000;

    private readonly RunningNode _node;
    private readonly Lock _roles = new();
    private Master? _master;
    private long _position;
    private bool _isLoading;
    private bool _canContinue;
    private bool _isLeadDue;

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
    public override ReplicationStatus Status => ReplicationReport.StatusOf(this);

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

            if (_master is null && !_isLeadDue)
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
            lock (Applying)
            {
                if (_master is null || _isLoading)
                {
                    return;
                }

                // From here on the position may go on without the master. Without a log, what clients write is not counted in it, so that
                // nobody can go on from one.
                CanContinue &= _node.Feed.Log is not null;
                if (_node.Feed.Log is null)
                {
                    History.Begin();
                }
                else
                {
                    History.Fork(Position);
                }

                Volatile.Write(ref _master, null); // pairs with Master
                Volatile.Write(ref _isLeadDue, true); // pairs with Tick
            }

            _node.Feed.CloseReplicas();
            Log.Info("a master from now on, at position " + ValueText.FormatInteger(Position) + " of the history before");
        }

        FinishLeading();
        Link.Restart();
    }

    /// <summary>Lets clients write, when the disk knows that the history is another. Any thread that may wait for the disk.</summary>
    public void FinishLeading()
    {
        lock (_roles)
        {
            if (!_isLeadDue || !Roles.Keep())
            {
                _node.Server.EnsureTick();
                return;
            }

            Volatile.Write(ref _isLeadDue, false); // pairs with Tick
            Withdraw();
        }

        _node.Resp.NoteMemory();
        BackgroundEviction.Begin(_node.Server);
    }

    /// <summary>What is in the store is to be, or is no longer, only a part of the data.</summary>
    public void SetLoading(bool isLoading)
    {
        if (_isLoading != isLoading)
        {
            Volatile.Write(ref _isLoading, isLoading); // pairs with IsLoading
            _node.Common.CheckCommands(isLoading);
        }
    }

    /// <summary>The loop's tick.</summary>
    /// <returns>Milliseconds until the next, or 0.</returns>
    public int Tick()
    {
        if (Volatile.Read(ref _isLeadDue)) // pairs with Lead and FinishLeading
        {
            Roles.RetryToLead();
            return RetryMilliseconds;
        }

        return Link.Tick();
    }

    /// <summary>Clients write nothing any more. What holds partitions is done and logged as a whole; what was let through before and comes
    /// after it is not logged (<see cref="IsSpoilt"/>).</summary>
    public void Submit()
    {
        _node.Common.CheckCommands(true);
        StoreAccess access = new(_node.Store);
        access.LockPartitions(_node.Store.AllPartitions);
        _node.Store.HasOwnChanges = false;
        _node.Store.ClientMode = AccessMode.ReplicaClient;
        access.UnlockAll();
    }

    /// <summary>Takes <see cref="Submit"/> back: nobody is followed.</summary>
    public void Withdraw()
    {
        if (IsSpoilt)
        {
            // Neither the log nor a replica has it.
            Log.Warning("a client's write came when none were taken any more: the log is written anew, and replicas get a snapshot");
            History.Begin();
            _node.Feed.CloseReplicas();
            _ = Roles.Keep();
        }

        bool isSpoilt = IsSpoilt;
        _node.Store.ClientMode = AccessMode.Normal;
        _node.Common.CheckCommands(false);
        if (isSpoilt)
        {
            _ = _node.Persistence?.BeginRewrite();
        }
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

            Volatile.Write(ref _isLeadDue, false); // pairs with Tick

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
