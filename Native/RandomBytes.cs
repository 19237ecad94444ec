using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Random bytes from the kernel (the static binary has no OpenSSL). Any thread.</summary>
internal static unsafe partial class RandomBytes
{
    /// <summary>Fills <paramref name="target"/>, at most 256 bytes: that much getrandom(2) always gives whole.</summary>
    /// <exception cref="SystemRefusedException">The kernel gives none.</exception>
    public static void Fill(Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, 256);
        fixed (byte* start = target)
        {
            nint result;
            do
            {
                result = SystemCall.Result(getrandom(start, (nuint)target.Length, 0));
            }
            while (result == -Errno.Interrupted);
            _ = SystemRefusedException.Check((int)result, "random bytes (getrandom)");
        }
    }

    /// <summary>A random 64-bit number.</summary>
    public static ulong Next()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    /// <summary>A random number as 16 hexadecimal digits.</summary>
    public static string NextText() => Convert.ToHexStringLower(BitConverter.GetBytes(Next()));

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getrandom(byte* buffer, nuint length, uint flags);
}
