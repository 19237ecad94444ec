using System;

namespace Epollsrv.Native;

/// <summary>What the kernel says of this process's memory. Any thread.</summary>
internal static unsafe class ProcessMemory
{
    /// <summary>Resident bytes, or 0 where /proc is not mounted.</summary>
    public static long Resident()
    {
        // Pages: "size resident shared …" (proc(5)). Read as bytes: this runs on threads of the engine.
        int file = Files.Open("/proc/self/statm", Files.ReadOnly);
        if (file < 0)
        {
            return 0;
        }

        byte* text = stackalloc byte[128];
        nint length = Descriptor.Read(file, text, 128);
        Descriptor.Close(file);
        ReadOnlySpan<byte> rest = new(text, (int)Math.Max(0, length));
        long pages = 0;
        for (int i = rest.IndexOf((byte)' ') + 1; i > 0 && i < rest.Length && (uint)(rest[i] - '0') < 10; i++)
        {
            pages = (pages * 10) + rest[i] - '0';
        }

        return pages * Memory.PageSize;
    }
}
