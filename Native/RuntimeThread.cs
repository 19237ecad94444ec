using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>
/// The one thread that the .NET runtime started before Main, the finalizer's. It inherits nothing from Main's thread, and
/// confines itself when it is started (Native/Sandbox/runtime_thread.c).
/// </summary>
internal static partial class RuntimeThread
{
    /// <summary>Whether it has blocked the signals that stop a node, given up its privileges and may use no file: 0 or −errno.</summary>
    public static int IsConfined()
    {
        try
        {
            return epollsrv_runtime_thread();
        }
        catch (EntryPointNotFoundException)
        {
            // Not the native program but its assembly, run by the runtime: in the tests.
            return -Errno.NotImplemented;
        }
    }

    [LibraryImport("libc")]
    private static partial int epollsrv_runtime_thread();
}
