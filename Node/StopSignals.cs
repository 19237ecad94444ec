using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Blocks INT, TERM and HUP in every thread, so that the event loop alone reads them (signalfd). The program's own threads
/// inherit the mask of the main thread; the one thread that the .NET runtime started before Main, the finalizer's, is reached
/// by a finalizer.
/// </summary>
internal static class StopSignals
{
    private static int _blocked;

    /// <summary>Blocks them. Main thread, before any other thread is started.</summary>
    public static void Block()
    {
        Signals.BlockStopSignals();
        MakeGarbage();
        GC.Collect(0);
        GC.WaitForPendingFinalizers();
        if (Volatile.Read(ref _blocked) == 0) // pairs with the finalizer
        {
            Log.Warning("signals could not be blocked in the runtime's own thread; a stop may end the process without draining");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeGarbage() => _ = new Visitor();

    private sealed class Visitor
    {
        ~Visitor()
        {
            Signals.BlockStopSignals();
            Volatile.Write(ref _blocked, 1); // pairs with Block
        }
    }
}
