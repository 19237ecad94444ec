using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Arguments and environment variables byte for byte
/// (<see cref="ByteText"/>), where the runtime's own strings have lost some.</summary>
internal static unsafe partial class ProcessText
{
    // What the runtime puts in the place of bytes that are no UTF-8.
    private const char Lost = '\uFFFD';
    private const int LongestCommandLine = 2 << 20;

    /// <summary>The arguments that the runtime passed to Main, as they were given.</summary>
    /// <returns>Null when they cannot be had: one is no UTF-8 and there is no /proc.</returns>
    public static string[]? Arguments(string[] arguments)
    {
        bool lost = false;
        foreach (string argument in arguments)
        {
            lost |= argument.Contains(Lost);
        }

        if (!lost)
        {
            return arguments;
        }

        // Each ends in a zero; in front is the program's name, and what runs it, if anything.
        string[]? all = TextFile.Read("/proc/self/cmdline", LongestCommandLine, out _)?.Split('\0');
        int first = all is null ? -1 : all.Length - 1 - arguments.Length;
        return first < 0 ? null : all.AsSpan(first, arguments.Length).ToArray();
    }

    /// <summary>An environment variable; null when it is not set.</summary>
    public static string? Variable(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        if (value is null || !value.Contains(Lost))
        {
            return value;
        }

        fixed (byte* text = ByteText.EncodePath(name))
        {
            byte* bytes = getenv(text);
            return bytes == null ? value : ByteText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(bytes));
        }
    }

    [LibraryImport("libc")]
    private static partial byte* getenv(byte* name);
}
