using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Blocks INT, TERM and HUP in every thread, so that the event loop alone reads them (signalfd). The program's own threads
/// inherit the mask of the main thread; the runtime's own is reached by <see cref="RuntimeThread"/>.
/// </summary>
internal static unsafe class StopSignals
{
    /// <summary>Blocks them. Main thread, before any other thread is started.</summary>
    public static void Block()
    {
        Signals.BlockStopSignals();
        if (!RuntimeThread.Run(&Signals.BlockStopSignals))
        {
            Log.Warning("signals could not be blocked in the runtime's own thread; a stop may end the process without draining");
        }
    }
}
