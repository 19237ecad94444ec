using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Random bytes from the kernel (the static binary has no OpenSSL, engine.md §10). Any thread.</summary>
internal static unsafe partial class RandomBytes
{
    /// <summary>Fills <paramref name="target"/>, at most 256 bytes: that much getrandom(2) always gives whole.</summary>
    public static void Fill(Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, 256);
        fixed (byte* start = target)
        {
            while (getrandom(start, (nuint)target.Length, 0) != target.Length)
            {
            }
        }
    }

    /// <summary>A random 64-bit number.</summary>
    public static ulong Next()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getrandom(byte* buffer, nuint length, uint flags);
}
