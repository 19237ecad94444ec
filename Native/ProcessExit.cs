using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>The end of the process without running anything more.</summary>
internal static partial class ProcessExit
{
    /// <summary>_exit(2). Any thread.</summary>
    public static void Now(int code) => ExitNow(code);

    /// <summary>What there was no memory for, in words: messages of our own say it, the runtime's are only names.</summary>
    public static string Asked(OutOfMemoryException exception)
        => exception.Message.StartsWith("cannot", StringComparison.Ordinal) ? exception.Message : "an allocation was refused";

    /// <summary>Ends the process for want of memory with one line on standard error, and allocates nothing for it. Any thread.</summary>
    public static void OutOfMemory(OutOfMemoryException exception)
    {
        ReadOnlySpan<byte> before = "epollsrv: out of memory, the process ends: "u8;
        ReadOnlySpan<byte> behind =
            ". The limits are those of the process and its container, and for managed memory DOTNET_GCHeapHardLimit\n"u8;
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
        Now(1);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
