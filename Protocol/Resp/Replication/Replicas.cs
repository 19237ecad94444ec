using System;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The connections that are replicas. A replica has a place in the stream and is given more when it has sent off what it was given
/// (<see cref="ReplicaFeeder"/>), so one that does not read costs nothing. Any thread.
/// </summary>
internal sealed unsafe class Replicas
{
    /// <summary>The kind of the message that there is more for a replica.</summary>
    public const int MoreKind = -3;

    /// <summary>The kind of the message that a replica which waits for a snapshot is to be told that the node is alive.</summary>
    public const int AliveKind = -4;

    /// <summary>What <see cref="SlowestReader"/> answers when there is none.</summary>
    public const long Nobody = long.MaxValue;

    private readonly Lock _lock = new();
    private Replica* _first;
    private int _count;
    private ReplicaSnapshot? _snapshot;

    /// <summary>Makes an empty list.</summary>
    public Replicas()
    {
        Waiters = new ReplicaWaiters(this);
    }

    /// <summary>The connections that wait for them.</summary>
    public ReplicaWaiters Waiters { get; }

    /// <summary>Snapshots that were asked for, as a hint for reports: several threads count.</summary>
    public long Fulls { get; set; }

    /// <summary>Replicas that went on from where they were. A hint, too.</summary>
    public long Partials { get; set; }

    /// <summary>Replicas that wanted to and could not, because their position is not kept any more. A hint, too.</summary>
    public long RefusedPositions { get; private set; }

    /// <summary>Those that could not because it is one of another history. A hint, too.</summary>
    public long RefusedHistories { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with Add and Remove

    /// <summary>The last snapshot that was begun for some; null: none was.</summary>
    public ReplicaSnapshot? Snapshot => Volatile.Read(ref _snapshot); // pairs with BeginSnapshot

    /// <summary>Adds the replica of a connection that the caller owns, with its place in the stream and the monotonic time.</summary>
    public void Add(Replica* replica, ulong token, ReplicaState state, long position, long now)
    {
        lock (_lock)
        {
            replica->Token = token;
            replica->State = state;
            replica->Position = position;
            replica->HeardAt = now / 1_000_000;
            replica->Previous = null;
            replica->Next = _first;
            if (_first != null)
            {
                _first->Previous = replica;
            }

            _first = replica;
            replica->IsListed = true;
            Volatile.Write(ref _count, _count + 1); // pairs with Count
        }
    }

    /// <summary>Removes one whose connection ends.</summary>
    public void Remove(Replica* replica)
    {
        lock (_lock)
        {
            if (replica->Previous != null)
            {
                replica->Previous->Next = replica->Next;
            }
            else
            {
                _first = replica->Next;
            }

            if (replica->Next != null)
            {
                replica->Next->Previous = replica->Previous;
            }

            replica->IsListed = false;
            Volatile.Write(ref _count, _count - 1); // pairs with Count
        }
    }

    /// <summary>Calls a function with each of them, under the lock.</summary>
    /// <param name="state">Handed on.</param>
    /// <param name="visit">Must be quick and must not come back here.</param>
    public void Visit<T>(ref T state, delegate*<ref T, Replica*, void> visit)
    {
        lock (_lock)
        {
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                visit(ref state, replica);
            }
        }
    }

    /// <summary>Changes what the owner of a replica's connection may not change alone.</summary>
    public void Update<T>(Replica* replica, T value, delegate*<Replica*, T, void> change)
    {
        lock (_lock)
        {
            change(replica, value);
        }
    }

    /// <summary>One cannot go on from where it is.</summary>
    public void NoteRefusal(bool isKnown)
    {
        RefusedPositions += isKnown ? 1 : 0;
        RefusedHistories += isKnown ? 0 : 1;
    }

    /// <summary>How many say that they have the stream up to a position.</summary>
    public int CountAt(long position) => CountThose(&IsAt, position);

    /// <summary>How many get the stream and were heard since a moment, in monotonic milliseconds.</summary>
    public int CountHeard(long milliseconds) => CountThose(&IsHeard, milliseconds);

    /// <summary>How many wait for a snapshot.</summary>
    public int CountWaiting() => CountThose(&IsWaiting, 0);

    /// <summary>How many have got all of a snapshot.</summary>
    public int CountLoaded(int snapshot) => CountThose(&HasLoaded, snapshot);

    /// <summary>A snapshot has begun: all that wait get it. At its point in time.</summary>
    public void BeginSnapshot(ReplicaSnapshot snapshot, Server server)
    {
        lock (_lock)
        {
            Volatile.Write(ref _snapshot, snapshot); // pairs with Snapshot
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                if (replica->State == ReplicaState.Waits)
                {
                    replica->State = ReplicaState.Loads;
                    replica->Snapshot = snapshot.Number;
                    replica->SnapshotOffset = 0;
                    replica->Position = snapshot.Position;
                    _ = server.Signals.Post(replica->Token, null, MoreKind);
                }
            }
        }

        server.Loop.Wake();
    }

    /// <summary>How far the slowest replica that gets a snapshot has come with it, or <see cref="Nobody"/>.</summary>
    public long SlowestReader(int snapshot)
    {
        long slowest = Nobody;
        lock (_lock)
        {
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                slowest = IsLoading(replica, snapshot) ? Math.Min(slowest, replica->SnapshotOffset) : slowest;
            }
        }

        return slowest;
    }

    /// <summary>The first position of the stream, from one on, that any needs, or <see cref="Nobody"/>.</summary>
    public long SlowestPosition(long from)
    {
        long slowest = Nobody;
        lock (_lock)
        {
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                slowest = IsWaiting(replica, 0) || replica->Position < from ? slowest : Math.Min(slowest, replica->Position);
            }
        }

        return slowest;
    }

    /// <summary>A snapshot cannot go on: whoever has not got all of it is closed, and comes back.</summary>
    public void FailSnapshot(int snapshot, Server server) => CloseThose(&IsLoading, snapshot, server);

    /// <summary>Ends all connections: the history is another from now on, and they are to ask anew.</summary>
    public void CloseAll(Server server) => CloseThose(&IsAny, 0, server);

    /// <summary>There is more of the stream, or of a snapshot, for those that wait for more.</summary>
    /// <returns>Whether any did: then the loop is to be woken by a thread that is not the engine's.</returns>
    public bool Wake(Server server)
    {
        if (Count == 0)
        {
            return false;
        }

        bool any = false;
        lock (_lock)
        {
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                if (Interlocked.Exchange(ref replica->IsIdle, 0) != 0) // full fence; pairs with ReplicaFeeder
                {
                    any |= server.Signals.Post(replica->Token, null, MoreKind);
                }
            }
        }

        return any;
    }

    private static bool IsAny(Replica* replica, long ignored) => true;

    private static bool IsAt(Replica* replica, long position) => replica->State == ReplicaState.Online && replica->Acknowledged >= position;

    private static bool IsHeard(Replica* replica, long since) => replica->State == ReplicaState.Online && replica->HeardAt >= since;

    private static bool IsWaiting(Replica* replica, long ignored) => replica->State == ReplicaState.Waits;

    private static bool IsLoading(Replica* replica, long snapshot)
        => replica->State == ReplicaState.Loads && replica->Snapshot == snapshot;

    private static bool HasLoaded(Replica* replica, long snapshot)
        => replica->State is ReplicaState.Loaded or ReplicaState.Online && replica->Snapshot == snapshot;

    private int CountThose(delegate*<Replica*, long, bool> fits, long than)
    {
        int count = 0;
        lock (_lock)
        {
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                count += fits(replica, than) ? 1 : 0;
            }
        }

        return count;
    }

    private void CloseThose(delegate*<Replica*, long, bool> fit, long than, Server server)
    {
        lock (_lock)
        {
            for (Replica* replica = _first; replica != null; replica = replica->Next)
            {
                if (fit(replica, than))
                {
                    _ = server.Signals.Kill(replica->Token);
                }
            }
        }

        server.Loop.Wake();
    }
}
