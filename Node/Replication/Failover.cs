using System.Threading;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>
/// FAILOVER: waits until a replica has nearly everything, refuses writes, waits until it has the rest, and follows it; the question for
/// the stream tells it to be the master. A thread of its own until then; the link's owner ends it.
/// </summary>
internal sealed class Failover(RunningNode node, NodeReplication replication)
{
    private const int StackBytes = 256 * 1024;
    private const int LookMilliseconds = 10;
    private const long LongestTimeout = 1L << 40; // nanoseconds of it do not overflow

    private readonly Lock _lock = new();
    private Thread? _thread;
    private int _state;
    private bool _isAborted;
    private bool _ends;

    /// <summary>How far it is. Any thread.</summary>
    public FailoverState State => (FailoverState)Volatile.Read(ref _state); // pairs with Enter

    private bool IsGivenUp => Volatile.Read(ref _isAborted) || Volatile.Read(ref _ends); // pairs with TryAbort and Close

    /// <summary>Begins one. Any thread.</summary>
    /// <returns>False: one is under way, or there is no thread for it.</returns>
    public bool TryBegin(FailoverRequest request)
    {
        lock (_lock)
        {
            if (State != FailoverState.None || _ends)
            {
                return false;
            }

            Join();
            Volatile.Write(ref _isAborted, false); // pairs with IsGivenUp
            try
            {
                _thread = NewThread.Create(() => Run(request), StackBytes, "failover");
                Enter(FailoverState.Waiting);
                NewThread.Start(_thread);
                return true;
            }
            catch (SystemRefusedException exception)
            {
                Enter(FailoverState.None);
                Log.Error(exception.Message);
                return false;
            }
        }
    }

    /// <summary>Gives it up. Any thread that may wait for the disk.</summary>
    /// <returns>False: none is under way.</returns>
    public bool TryAbort()
    {
        lock (_lock)
        {
            if (State == FailoverState.None)
            {
                return false;
            }

            Volatile.Write(ref _isAborted, true); // pairs with IsGivenUp
            Join();
            if (State == FailoverState.InProgress)
            {
                Fail("it was aborted");
            }

            return true;
        }
    }

    /// <summary>Another master is followed: whatever it was at, that is over. The lock for roles is held.</summary>
    public void Forget()
    {
        Volatile.Write(ref _isAborted, true); // pairs with IsGivenUp
        if (State == FailoverState.InProgress)
        {
            Enter(FailoverState.None);
        }
    }

    /// <summary>The former replica goes on from there, or sends a snapshot: it is the master. The link's owner.</summary>
    public void Succeed()
    {
        if (State == FailoverState.InProgress)
        {
            Enter(FailoverState.None);
            Log.Info("failover: done");
        }
    }

    /// <summary>It refuses: the node is the master again. Any thread that may wait for the disk.</summary>
    public void Fail(string why)
    {
        if (State == FailoverState.InProgress)
        {
            Enter(FailoverState.None);
            Log.Warning("failover: given up, this node is the master again: " + why);
            replication.Lead();
        }
    }

    /// <summary>After the server has ended.</summary>
    public void Close()
    {
        Volatile.Write(ref _ends, true); // pairs with IsGivenUp
        Join();
    }

    private void Join()
    {
        if (_thread is { } thread)
        {
            NewThread.Join(thread);
        }
    }

    private void Enter(FailoverState state) => Volatile.Write(ref _state, (int)state); // pairs with State

    private void Run(FailoverRequest request)
    {
        long milliseconds = System.Math.Min(request.Timeout, LongestTimeout);
        long deadline = request.Timeout == 0 ? long.MaxValue : Clock.Monotonic() + (milliseconds * 1_000_000);
        Log.Info("failover: waits for a replica to have everything");
        ReplicaPlace? target = Await(request, node.Feed.Position, deadline);
        bool isHandedOver = false;
        if (target is not null && replication.TryEndWrites())
        {
            // From here on nothing is written, so that it can have all of it.
            target = Await(request with { Host = target.Host, Port = target.Port }, node.Feed.Position, deadline);
            if (target is not null)
            {
                // Before: the link's owner ends it.
                Enter(FailoverState.InProgress);
                isHandedOver = replication.TryHandOver(target);
            }

            if (!isHandedOver)
            {
                replication.ResumeWrites();
            }
        }

        if (!isHandedOver)
        {
            Enter(FailoverState.None);
            Log.Warning("failover: given up, " + (IsGivenUp ? "it was aborted" : "no replica had everything in time"));
        }
    }

    // Answers null: in vain.
    private ReplicaPlace? Await(FailoverRequest request, long position, long deadline)
    {
        Replicas replicas = node.Resp.Replicas;
        while (!IsGivenUp)
        {
            ReplicaPlace? place = request.Host is null ? ReplicaPlace.FindAt(replicas, position)
                : ReplicaPlace.Find(replicas, request.Host, request.Port);
            if (place is { IsOnline: true } && place.Acknowledged >= position)
            {
                return place;
            }

            if (Clock.Monotonic() > deadline)
            {
                return request.IsForced ? new ReplicaPlace(request.Host!, request.Port, false, 0) : null;
            }

            replicas.Waiters.Ask(node.Feed, position);
            Thread.Sleep(LookMilliseconds);
        }

        return null;
    }
}
