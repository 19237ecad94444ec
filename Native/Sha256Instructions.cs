using System;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Epollsrv.Native;

/// <summary>
/// SHA-256 with x86 instructions that .NET 10 does not give a native program for baseline processors: the SHA instructions, which have no
/// class, and AVX2. Through Native/Sha256/*.c, which is linked into the native program only. Any thread.
/// </summary>
internal static unsafe partial class Sha256Instructions
{
    private const int Features = 1;
    private const int Ssse3AndSse41 = (1 << 9) | (1 << 19);
    private const int StateSaving = 1 << 27;
    private const int ExtendedFeatures = 7;
    private const int Avx2Bit = 1 << 5;
    private const int ShaBit = 1 << 29;
    private const long VectorState = 6;

    private static readonly bool _there;
    private static readonly bool _lanes;

    static Sha256Instructions()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < ExtendedFeatures)
        {
            return;
        }

        int features = X86Base.CpuId(Features, 0).Ecx;
        int extended = X86Base.CpuId(ExtendedFeatures, 0).Ebx;
        if ((features & StateSaving) == 0)
        {
            return;
        }

        try
        {
            // The kernel must save the long registers too: XCR0, which only C code can read.
            bool saved = (epollsrv_vector_state() & VectorState) == VectorState;
            _lanes = saved && (extended & Avx2Bit) != 0;
            _there = (extended & ShaBit) != 0 && (features & Ssse3AndSse41) == Ssse3AndSse41;
        }
        catch (EntryPointNotFoundException)
        {
            // Not the native program but its assembly, run by the runtime: in the tests.
        }
    }

    /// <summary>Whether <see cref="Compress"/> may be called.</summary>
    public static bool IsSupported => X86Base.IsSupported && _there;

    /// <summary>Whether <see cref="CompressLanes"/> may be called.</summary>
    public static bool HasLanes => X86Base.IsSupported && _lanes;

    /// <summary>Takes whole blocks of 64 bytes into one state of eight words, or into two that have the same blocks.</summary>
    /// <param name="first">The state.</param>
    /// <param name="second">The other state, or null.</param>
    /// <param name="data">The blocks.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="constants">The 64 constants of FIPS 180-4 §4.2.2.</param>
    public static void Compress(uint* first, uint* second, byte* data, nint blocks, uint* constants)
    {
        if (X86Base.IsSupported)
        {
            epollsrv_sha256(first, second, data, blocks, constants);
        }
    }

    /// <summary>Takes blocks of eight messages into eight states; word i of message j at 8 i + j.</summary>
    public static void CompressLanes(uint* states, byte** data, nint blocks, uint* constants)
    {
        if (X86Base.IsSupported)
        {
            epollsrv_sha256_lanes(states, data, blocks, constants);
        }
    }

    [LibraryImport("libc")]
    private static partial void epollsrv_sha256(uint* first, uint* second, byte* data, nint blocks, uint* constants);

    [LibraryImport("libc")]
    private static partial void epollsrv_sha256_lanes(uint* states, byte** data, nint blocks, uint* constants);

    [LibraryImport("libc")]
    private static partial long epollsrv_vector_state();
}
