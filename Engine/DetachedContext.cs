using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// A context for work that has no connection: what is written is thrown away,
/// and nothing is handed to a worker. Its memory lives as long as the process.
/// </summary>
internal static unsafe class DetachedContext
{
    /// <summary>Makes one.</summary>
    public static ThreadContext Create(Server server)
    {
        ConnectionSlot* slot = (ConnectionSlot*)NativeRegion.Reserve(ConnectionSlot.Size);
        slot->Descriptor = -1;
        ThreadContext thread = new(server, -1, onEventLoop: false);
        thread.Begin(slot, 0);
        thread.Output.Mute();
        Restart(thread);
        return thread;
    }

    /// <summary>Begins another job.</summary>
    public static void Restart(ThreadContext thread)
    {
        thread.Started = Clock.Monotonic();
        thread.BeginBatch();
    }
}
