using System.Threading;
using Epollsrv.Protocol;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// Ends the writes of clients when the node becomes a replica, at one point in time, and lets them go on when it is a master again. Under
/// the lock for roles, except where a member says otherwise.
/// </summary>
internal sealed class ClientWrites(RunningNode node, ReplicaSettings settings)
{
    // What a thread has let through before it was told is done by then, unless the machine is very busy.
    private const int GraceMilliseconds = 20;

    private bool _areEnded;
    private bool _wereAllowed;
    private bool _isRewriteDue;

    /// <summary>Whether they are refused, unless replica-read-only says otherwise. Any thread.</summary>
    public bool AreEnded => Volatile.Read(ref _areEnded); // pairs with End and Resume

    /// <summary>Whether one was done that had been let through before that, but came late: the data are not the master's, and nothing is
    /// logged of it. Where clients may write, their writes are their own. Any thread.</summary>
    public bool AreLate => node.Store.HasOwnChanges && settings.IsReadOnly && !Volatile.Read(ref _wereAllowed); // pairs with NoteAllowed

    /// <summary>Clients of the replica may write from now on, or could so far. Any thread.</summary>
    public void NoteAllowed() => Volatile.Write(ref _wereAllowed, true); // pairs with AreLate

    /// <summary>All data are the master's: nothing of before is left. Any thread.</summary>
    public void Forget()
    {
        node.Store.HasOwnChanges = false;
        Volatile.Write(ref _wereAllowed, !settings.IsReadOnly); // pairs with AreLate
    }

    /// <summary>Refuses them. What holds partitions is done and logged as a whole before this returns. What still comes later is done and
    /// not logged (<see cref="AreLate"/>).</summary>
    /// <param name="isStart">Whether clients cannot have written yet.</param>
    public void End(bool isStart)
    {
        Volatile.Write(ref _areEnded, true); // pairs with AreEnded
        node.Common.CheckCommands(true);
        Interlocked.MemoryBarrierProcessWide();
        StoreAccess access = new(node.Store);
        if (!isStart)
        {
            access.LockPartitions(node.Store.AllPartitions);
            access.UnlockAll();
            Thread.Sleep(GraceMilliseconds);
        }

        access.LockPartitions(node.Store.AllPartitions);
        Forget();
        node.Store.ClientMode = AccessMode.ReplicaClient;
        access.UnlockAll();
    }

    /// <summary>Lets them go on: nobody is followed.</summary>
    public void Resume()
    {
        if (node.Store.HasOwnChanges)
        {
            // Neither the log nor a replica has it.
            Log.Warning("clients have written what the log and the replicas do not have: the log is written anew, and replicas get a "
                + "snapshot");
            node.History.Begin();
            node.Feed.CloseReplicas();
            node.Replication.Keeper.KeepIfKept();
            Volatile.Write(ref _isRewriteDue, node.Persistence is not null); // pairs with Tick
        }

        node.Store.Uniques.Leap();
        node.Store.ClientMode = AccessMode.Normal;
        Volatile.Write(ref _areEnded, false); // pairs with AreEnded
        node.Common.CheckCommands(false);
        node.Server.EnsureTick();
    }

    /// <summary>The loop's tick: begins the log anew where that is due, when no snapshot of before is under way.</summary>
    /// <returns>Milliseconds until the next, or 0.</returns>
    public int Tick()
    {
        const int again = 1000;
        if (!Volatile.Read(ref _isRewriteDue)) // pairs with Resume
        {
            return 0;
        }

        // Its point in time must be behind the change.
        SaveOutcome outcome = node.Persistence!.IsLogging ? node.Persistence.Jobs.BeginRewrite() : SaveOutcome.Done;
        bool isBegun = outcome is SaveOutcome.Done or SaveOutcome.Scheduled;
        Volatile.Write(ref _isRewriteDue, !isBegun); // pairs with Resume
        return isBegun ? 0 : again;
    }
}
