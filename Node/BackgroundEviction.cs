using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>
/// Evicts while more memory is in use than the maximum allows, because it was lowered or the rest of the process grew: writes alone would
/// take long to
/// get there, and need not come. A job of low priority on the workers, in short slices, until nothing is left to do.
/// </summary>
internal sealed unsafe class BackgroundEviction
{
    private const long SliceNanoseconds = 2_000_000;
    private const int EvictionsPerLook = 64;

    // 1 while a job is queued or running.
    private int _queued;

    /// <summary>Has writes refused while nothing can be evicted, and begins when something can. Any thread, when the maximum, the policy or
    /// the rest of the process may have changed.</summary>
    public static void Begin(Server server)
    {
        RunningNode node = RunningNode.Of(server);
        node.Resp.NoteMemory();
        if (MayEvict(server, node) && Interlocked.Exchange(ref node.Eviction._queued, 1) == 0) // pairs with the writes of 0
        {
            node.Eviction.Queue(server);
        }
    }

    // While clients are paused nothing is to change, and while the data are loaded nobody changes them but the loader.
    private static bool MayEvict(Server server, RunningNode node) => node.Store.HasToEvict && !node.Store.KeepsExpired && !server.IsStopping
        && node.Store.ClientMode == AccessMode.Normal && !node.Common.IsLoading;

    private void Queue(Server server)
    {
        if (!server.Queues.TryAddBackground(new Job(&Run, 0)))
        {
            // MemoryWatch asks again.
            Volatile.Write(ref _queued, 0); // pairs with the exchange in Begin
        }
    }

    private static void Run(ThreadContext thread, ulong argument)
    {
        RunningNode node = RunningNode.Of(thread.Server);
        StoreAccess access = ProtocolContext.Of(thread).Access;
        long begin = Clock.Monotonic();
        bool goesOn = true;
        while (goesOn && Clock.Monotonic() - begin < SliceNanoseconds)
        {
            goesOn = MayEvict(thread.Server, node) && access.Memory.EvictStep(EvictionsPerLook) > 0;
        }

        RespThread.Of(thread).Call.Events.PublishInBackground();
        if (goesOn)
        {
            // Behind what else there is to do.
            node.Eviction.Queue(thread.Server);
        }
        else
        {
            Volatile.Write(ref node.Eviction._queued, 0); // pairs with the exchange in Begin
            node.Resp.NoteMemory();
        }
    }
}
