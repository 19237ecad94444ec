using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Commands;

/// <summary>Looks at the process's memory once a second while the node has something to do, so that what is outside the store counts against the
/// maximum. A node that sleeps does not grow.</summary>
internal static class MemoryWatch
{
    /// <summary>For <see cref="ServerOptions.Refresh"/>. Event loop only.</summary>
    public static void Refresh(Server server)
    {
        NodeServices services = (NodeServices)server.Services!;
        long used = services.Store.UsedMemory;
        _ = services.Resp.Statistics.NoteUsed(used + server.Buffers.InUse);
        if (services.Store.MaxMemory != 0)
        {
            long resident = SystemFacts.ResidentMemory();
            services.Resp.Statistics.Resident = resident;
            services.Store.OutsideMemory = Math.Max(0, resident - used);
        }

        services.Resp.NoteMemory(services.Store);
    }
}
