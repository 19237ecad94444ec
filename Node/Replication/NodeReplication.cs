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

    private readonly RunningNode _node;
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
        Keeper = new RoleKeeper(node, this);
        Promotion = new Promotion(node, this);
        Handover = new Failover(node, this);
        Writes = new ClientWrites(node, settings);
    }

    /// <summary>What it goes by.</summary>
    public ReplicaSettings Settings { get; }

    /// <summary>The history that the data belong to.</summary>
    public ReplicationHistory History => _node.History;

    /// <summary>The link to the master.</summary>
    public MasterLink Link { get; }

    /// <summary>Hands the part of the master over.</summary>
    public Failover Handover { get; }

    /// <summary>Held while the node's part changes.</summary>
    public Lock Roles { get; } = new();

    /// <summary>The last step of becoming a master.</summary>
    public Promotion Promotion { get; }

    /// <summary>Ends the writes of clients, and lets them go on.</summary>
    public ClientWrites Writes { get; }

    /// <summary>Keeps what a restart has to know.</summary>
    public RoleKeeper Keeper { get; }

    /// <summary>
    /// Held while something of the master's is applied, and while the master changes: afterwards nothing more of the former one comes. No
    /// partition may be locked by whoever waits for it.
    /// </summary>
    public Lock Applying { get; } = new();

    /// <summary>Who is followed; null: nobody.</summary>
    public Master? Master => Volatile.Read(ref _master); // pairs with Become and Lead

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

    /// <summary>Whether a part of a transaction of the master's has come, or of what else is one, and not the rest. Under
    /// <see cref="Applying"/>.</summary>
    public bool IsUnfinished => Link.Conversation.Stream.IsUnfinished;

    /// <summary>The database that the master's stream is at; 0 for a master, whose log says it before each record that needs it.</summary>
    public int StreamDatabase => IsReplica ? Link.Conversation.Stream.Database : 0;

    /// <summary>Whether the data are those of <see cref="History"/> at <see cref="Position"/>, so that a master can be asked for what
    /// follows. Under <see cref="Applying"/>.</summary>
    public bool CanContinue
    {
        get => Volatile.Read(ref _canContinue) && !Writes.AreLate; // pairs with the set
        set => Volatile.Write(ref _canContinue, value);
    }

    /// <inheritdoc/>
    public override bool IsReplica => _node.Store.ClientMode != AccessMode.Normal;

    /// <inheritdoc/>
    public override bool RefusesWrites => Writes.AreEnded && (Settings.IsReadOnly || IsFailingOver);

    /// <inheritdoc/>
    public override bool RefusesReads => IsReplica && !Settings.ServesStaleData && Link.Stage != LinkStage.Streaming;

    /// <inheritdoc/>
    public override bool IsLoading => Volatile.Read(ref _isLoading); // pairs with SetLoading

    /// <inheritdoc/>
    public override long Lag => ReplicationReport.LagOf(this);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Refusal => Master is { } master && Settings.IsReadOnly ? master.Refusal
        : "the master's part is being handed over or taken over, and nothing is written meanwhile"u8;

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
    public override bool Follow(byte[] host, int port) => Follow(new Master(host, port), isStart: false);

    /// <summary>The same at the start of the node, when clients cannot have written anything.</summary>
    public void Begin(Master master) => Follow(master, isStart: true);

    /// <summary>Refuses the writes of clients for FAILOVER.</summary>
    /// <returns>False: the node is not the master any more.</returns>
    public bool TryEndWrites()
    {
        lock (Roles)
        {
            bool leads = _master is null && !Writes.AreEnded;
            if (leads)
            {
                Writes.End(isStart: false);
            }

            return leads;
        }
    }

    /// <summary>Takes <see cref="TryEndWrites"/> back, unless somebody is followed by now.</summary>
    public void ResumeWrites()
    {
        lock (Roles)
        {
            if (_master is null && !Promotion.IsDue)
            {
                Writes.Resume();
            }
        }
    }

    /// <summary>Follows a replica, which has everything by now: it is to be the master.</summary>
    /// <returns>False: somebody else is followed by now, or the data are not what the replica has.</returns>
    public bool TryHandOver(ReplicaPlace target)
    {
        lock (Roles)
        {
            if (_master is not null || Promotion.IsDue || _node.Store.HasOwnChanges)
            {
                return false;
            }

            Become(new Master(target.Host, target.Port));
        }

        Link.Restart();
        return true;
    }

    /// <summary>The node is a master whose history the disk could not be told of: it takes no writes before that is done.</summary>
    public void AwaitKeeping()
    {
        lock (Roles)
        {
            Writes.End(isStart: true);
            Promotion.IsDue = true;
        }
    }

    /// <inheritdoc/>
    public override void Lead()
    {
        lock (Roles)
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
                Promotion.IsDue = true;
            }

            _node.Feed.CloseReplicas();
            Log.Info("a master from now on, at position " + ValueText.FormatInteger(Position) + " of the history before");
        }

        Promotion.Finish();
        Link.Restart();
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
        int next = Promotion.Tick();
        next = next == 0 ? Link.Tick() : next;
        int due = Writes.Tick();
        return next == 0 || (due != 0 && due < next) ? due : next;
    }

    private bool Follow(Master master, bool isStart)
    {
        lock (Roles)
        {
            if (_master is { } present && present.Is(master.Host, master.Port))
            {
                return false;
            }

            Handover.Forget();
            if (!Writes.AreEnded)
            {
                Writes.End(isStart);
            }

            Become(master);
        }

        Link.Restart();
        return true;
    }

    // Under Roles. Clients do not write.
    private void Become(Master master)
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

            Promotion.IsDue = false;

            // What the node adds to the stream by itself has its place before.
            lock (_node.Feed.Adding)
            {
                Volatile.Write(ref _master, master); // pairs with Master
            }
        }

        _ = Keeper.Keep();
        _node.Feed.CloseReplicas();
        _node.Resp.Replicas.Waiters.WakeAll(_node.Server);
        Log.Info("a replica of " + master.Text + " from now on");
    }
}
