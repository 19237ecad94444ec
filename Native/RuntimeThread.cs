using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Native;

/// <summary>
/// The one thread that the .NET runtime started before Main, the finalizer's. It inherits nothing from Main's thread; a finalizer runs code
/// in it.
/// </summary>
internal static unsafe class RuntimeThread
{
    private static bool _done;
    private static delegate*<void> _function;

    /// <summary>Runs a function there and waits for its end. Main thread only.</summary>
    /// <returns>False: the runtime has run no finalizer.</returns>
    public static bool Run(delegate*<void> function)
    {
        _done = false;
        _function = function;
        MakeGarbage();
        GC.Collect(0);
        GC.WaitForPendingFinalizers();
        return Volatile.Read(ref _done); // pairs with the finalizer
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeGarbage() => _ = new Visitor();

    private sealed class Visitor
    {
        ~Visitor()
        {
            _function();
            Volatile.Write(ref _done, true); // pairs with Run
        }
    }
}
