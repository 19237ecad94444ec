using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Blocks INT, TERM and HUP in every thread, so that the event loop alone reads them (signalfd). The program's own threads
/// inherit the mask of the main thread; the runtime's own is reached by <see cref="RuntimeThread"/>.
/// </summary>
internal static unsafe class StopSignals
{
    private static delegate*<void> _runtime;

    /// <summary>Blocks them. Main thread, before any other thread is started.</summary>
    /// <param name="runtime">What the runtime's own thread has to do as well; null: nothing.</param>
    public static void Block(delegate*<void> runtime = null)
    {
        Signals.BlockStopSignals();
        _runtime = runtime;
        if (!RuntimeThread.Run(&BlockInRuntimeThread))
        {
            Log.Warning("signals could not be blocked in the runtime's own thread; a stop may end the process without draining");
        }
    }

    private static void BlockInRuntimeThread()
    {
        Signals.BlockStopSignals();
        if (_runtime != null)
        {
            _runtime();
        }
    }
}
