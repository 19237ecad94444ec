using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>What the kernel says about itself and about what this process has used. Any thread.</summary>
internal static unsafe partial class SystemFacts
{
    // struct utsname: six names of 65 bytes.
    private const int NameBytes = 65;

    // struct sysinfo on 64-bit machines.
    private const int SysInfoBytes = 112;
    private const int TotalMemoryOffset = 32;
    private const int MemoryUnitOffset = 104;
    private const int LongestPath = 1024;

    /// <summary>Name, release and machine of the kernel: <c>Linux 6.1.0 x86_64</c>.</summary>
    public static string Kernel()
    {
        byte* names = stackalloc byte[6 * NameBytes];
        return uname(names) != 0 ? "Linux" : Text(names) + " " + Text(names + (2 * NameBytes)) + " " + Text(names + (4 * NameBytes));
    }

    /// <summary>The machine's own host name; empty when it cannot be told.</summary>
    public static string HostName()
    {
        byte* names = stackalloc byte[6 * NameBytes];
        return uname(names) != 0 ? string.Empty : Text(names + NameBytes);
    }

    /// <summary>The current folder; empty when it cannot be told.</summary>
    public static string Folder()
    {
        byte* path = stackalloc byte[LongestPath];
        return getcwd(path, LongestPath) == null ? string.Empty : Text(path);
    }

    /// <summary>The program's file; empty when it cannot be told.</summary>
    public static string Executable() => Paths.Target("/proc/self/exe");

    /// <summary>The machine's memory, bytes.</summary>
    public static long TotalMemory()
    {
        byte* info = stackalloc byte[SysInfoBytes];
        return sysinfo(info) != 0 ? 0 : *(long*)(info + TotalMemoryOffset) * *(uint*)(info + MemoryUnitOffset);
    }

    /// <summary>Processor time of all threads of the process, or of the calling one, microseconds.</summary>
    public static void ProcessorTime(bool thisThread, out long user, out long system)
    {
        // struct rusage begins with two times of two words; the rest is 14 words.
        long* usage = stackalloc long[18];
        user = 0;
        system = 0;
        if (getrusage(thisThread ? 1 : 0, usage) == 0)
        {
            user = (usage[0] * 1_000_000) + usage[1];
            system = (usage[2] * 1_000_000) + usage[3];
        }
    }

    /// <summary>Resident memory of the process, bytes; 0 without /proc. About 10 µs.</summary>
    public static long ResidentMemory()
    {
        int file = Files.Open("/proc/self/statm", Files.ReadOnly);
        if (file < 0)
        {
            return 0;
        }

        byte* text = stackalloc byte[128];
        nint length = Files.ReadAt(file, text, 127, 0);
        Descriptor.Close(file);
        long pages = 0;
        byte* at = text;
        byte* end = text + Math.Max(length, 0);
        while (at < end && *at++ != ' ')
        {
        }

        while (at < end && *at is >= (byte)'0' and <= (byte)'9')
        {
            pages = (pages * 10) + (*at++ - '0');
        }

        return pages * Memory.PageSize;
    }

    private static string Text(byte* name) => ByteText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));

    [LibraryImport("libc")]
    private static partial byte* getcwd(byte* path, nuint length);

    [LibraryImport("libc")]
    private static partial int uname(byte* names);

    [LibraryImport("libc")]
    private static partial int sysinfo(byte* info);

    [LibraryImport("libc")]
    private static partial int getrusage(int who, long* usage);
}
