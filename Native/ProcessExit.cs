using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>The end of the process without running anything more.</summary>
internal static partial class ProcessExit
{
    // EX_CONFIG of sysexits.h.
    private const int ConfigurationCode = 78;

    /// <summary>_exit(2). Any thread.</summary>
    public static void Now(int code) => ExitNow(code);

    /// <summary>What there was no memory for, in words: messages of our own say it, the runtime's are only names.</summary>
    public static string Asked(OutOfMemoryException exception)
        => exception.Message.StartsWith("cannot", StringComparison.Ordinal) ? exception.Message : "an allocation was refused";

    /// <summary>Ends the process for want of memory with one line on standard error, and allocates nothing for it. Any thread.</summary>
    public static void OutOfMemory(OutOfMemoryException exception) => End(
        "epollsrv: out of memory, the process ends: "u8,
        exception,
        ". The limits are those of the process and its container, and for managed memory DOTNET_GCHeapHardLimit\n"u8,
        1);

    /// <summary>The same while the program starts, with the exit code of a wrong configuration.</summary>
    public static void OutOfMemoryAtStart(OutOfMemoryException exception) => End(
        "epollsrv: "u8,
        exception,
        "; raise the limits of address space and data (ulimit -v, ulimit -d, vm.overcommit_memory, a container's memory)\n"u8,
        ConfigurationCode);

    private static void End(ReadOnlySpan<byte> before, OutOfMemoryException exception, ReadOnlySpan<byte> behind, int code)
    {
        Span<byte> line = stackalloc byte[512];
        before.CopyTo(line);
        int length = before.Length;
        string asked = Asked(exception);
        for (int i = 0; i < asked.Length && length < line.Length - behind.Length; i++)
        {
            line[length++] = (byte)asked[i];
        }

        behind.CopyTo(line[length..]);
        _ = StandardOutput.Write(2, line[..(length + behind.Length)]);
        Now(code);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
