using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Looks at the process's memory once a second while the node has something to do, so that
/// what is outside the store counts against the maximum. A node that sleeps does not grow.</summary>
internal static class MemoryWatch
{
    // What an idle node takes, mostly pages of the program itself, is no client's doing: only what goes beyond counts.
    private const long IdleMemory = 4 << 20;

    /// <summary>For <see cref="ServerOptions.Refresh"/>. Event loop only.</summary>
    public static void Refresh(Server server)
    {
        RunningNode node = RunningNode.Of(server);
        long used = node.Store.UsedMemory;
        _ = node.Resp.Statistics.NoteUsed(used + server.Buffers.InUse);
        if (node.Store.MaxMemory != 0)
        {
            long resident = SystemFacts.ResidentMemory();
            node.Resp.Statistics.Resident = resident;
            node.Store.OutsideMemory = Math.Max(0, resident - used - IdleMemory);
        }

        BackgroundEviction.Begin(server);
    }
}
