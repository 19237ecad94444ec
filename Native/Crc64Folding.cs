using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Epollsrv.Native;

/// <summary>
/// Makes sixteen bytes of many that have the same CRC-64, by multiplications without carries (PCLMULQDQ). Through Native/Crc64/*.c, which
/// is linked into the native program only. Any thread.
/// </summary>
internal static unsafe partial class Crc64Folding
{
    private const int Features = 1;
    private const int MultiplicationBit = 1 << 1;

    // The collector has to wait for a call: well below a millisecond.
    private const long MostAtOnce = 256 * 1024;
    private const int BlockBytes = 16;

    // What the first and the second eight bytes of a block are multiplied with to stand a block later. The powers of x are one less than
    // 64 + 128 and 128, because the product of two reflected factors is reflected in 127 bits.
    private static readonly ulong* _keys = MakeKeys();

    /// <summary>Whether <see cref="Fold"/> may be called.</summary>
    public static bool IsSupported => X86Base.IsSupported && _keys != null;

    /// <summary>Folds bytes into 16 whose checksum, from 0 on, is that of all of them.</summary>
    /// <param name="checksum">The checksum of what comes before them.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="length">How many; a multiple of 16, at least 16.</param>
    /// <param name="folded">Room for the 16.</param>
    public static void Fold(ulong checksum, byte* data, long length, ulong* folded)
    {
        if (!X86Base.IsSupported)
        {
            return;
        }

        long part = Math.Min(length, MostAtOnce);
        epollsrv_crc64(checksum, data, (nint)part / BlockBytes, _keys, folded);
        while (part < length)
        {
            data += part;
            length -= part;
            part = Math.Min(length, MostAtOnce);
            epollsrv_crc64(Crc64.Compute(0, (byte*)folded, BlockBytes), data, (nint)part / BlockBytes, _keys, folded);
        }
    }

    private static ulong* MakeKeys()
    {
        if (!X86Base.IsSupported || (X86Base.CpuId(Features, 0).Ecx & MultiplicationBit) == 0)
        {
            return null;
        }

        ulong* keys = (ulong*)NativeMemory.Alloc(2, sizeof(ulong));
        keys[0] = PowerOfX(191);
        keys[1] = PowerOfX(127);
        try
        {
            ulong* folded = stackalloc ulong[2];
            epollsrv_crc64(0, (byte*)keys, 1, keys, folded);
            return keys;
        }
        catch (EntryPointNotFoundException)
        {
            // Not the native program but its assembly, run by the runtime: in the tests.
            return null;
        }
    }

    private static ulong PowerOfX(int power)
    {
        ulong value = 1UL << 63;
        for (int i = 0; i < power; i++)
        {
            value = Crc64.TimesX(value);
        }

        return value;
    }

    [LibraryImport("libc")]
    [SuppressGCTransition]
    private static partial void epollsrv_crc64(ulong checksum, byte* data, nint blocks, ulong* keys, ulong* folded);
}
