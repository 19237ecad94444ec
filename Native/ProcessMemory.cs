using System;

namespace Epollsrv.Native;

/// <summary>What the kernel says of this process's memory. Any thread.</summary>
internal static unsafe class ProcessMemory
{
    /// <summary>Resident bytes, or 0 where /proc is not mounted.</summary>
    public static long Resident()
    {
        Read(out _, out long resident);
        return resident;
    }

    /// <summary>Reads both sizes in bytes, or 0 where /proc is not mounted.</summary>
    public static void Read(out long all, out long resident)
    {
        all = 0;
        resident = 0;

        // Pages: "size resident shared …" (proc(5)). Read as bytes: this runs on threads of the engine.
        int file = Files.Open("/proc/self/statm", Files.ReadOnly);
        if (file < 0)
        {
            return;
        }

        byte* text = stackalloc byte[128];
        nint length = Descriptor.Read(file, text, 128);
        Descriptor.Close(file);
        ReadOnlySpan<byte> rest = new(text, (int)Math.Max(0, length));
        all = Number(rest) * Memory.PageSize;
        resident = Number(rest[(rest.IndexOf((byte)' ') + 1)..]) * Memory.PageSize;
    }

    // The number that a text begins with.
    private static long Number(ReadOnlySpan<byte> text)
    {
        long number = 0;
        for (int i = 0; i < text.Length && (uint)(text[i] - '0') < 10; i++)
        {
            number = (number * 10) + text[i] - '0';
        }

        return number;
    }
}
