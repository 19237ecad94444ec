using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// The last step of becoming a master: clients write again when the disk knows that the history is another. While it cannot be told, that
/// is tried again each second. Under the lock for roles, except where a member says otherwise.
/// </summary>
internal sealed class Promotion(RunningNode node, NodeReplication replication)
{
    private const int StackBytes = 256 * 1024;
    private const int RetryMilliseconds = 1000;

    private Thread? _thread;
    private bool _isDue;

    /// <summary>Whether the node is a master that takes no writes yet. Any thread.</summary>
    public bool IsDue
    {
        get => Volatile.Read(ref _isDue); // pairs with the set
        set => Volatile.Write(ref _isDue, value);
    }

    /// <summary>Does it, if it is due and possible. Any thread that may wait for the disk, and that holds nothing.</summary>
    public void Finish()
    {
        lock (replication.Roles)
        {
            if (!_isDue || !replication.Keeper.Keep())
            {
                node.Server.EnsureTick();
                return;
            }

            IsDue = false;
            replication.Writes.Resume();
        }

        BackgroundEviction.Begin(node.Server);
    }

    /// <summary>The loop's tick: tries again, on a thread of its own.</summary>
    /// <returns>Milliseconds until the next, or 0.</returns>
    public int Tick()
    {
        if (!IsDue)
        {
            return 0;
        }

        if (_thread is not { IsAlive: true })
        {
            try
            {
                _thread = NewThread.Create(Finish, StackBytes, "role");
                NewThread.Start(_thread);
            }
            catch (SystemRefusedException)
            {
                // The next tick tries again.
            }
        }

        return RetryMilliseconds;
    }

    /// <summary>Ends what is under way. After the server has ended.</summary>
    public void Close()
    {
        if (_thread is { } thread)
        {
            NewThread.Join(thread);
        }
    }
}
