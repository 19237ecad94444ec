using System.Runtime.CompilerServices;
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

    // Code that is compiled at run time (the unit tests) has no native program round it.
    private static readonly bool _there = !RuntimeFeature.IsDynamicCodeSupported && X86Base.IsSupported && Has(ShaBit) && (X86Base.CpuId(Features, 0).Ecx & Ssse3AndSse41) == Ssse3AndSse41;

    // The kernel must save the long registers too: XCR0, which only C code can read.
    private static readonly bool _lanes = !RuntimeFeature.IsDynamicCodeSupported && X86Base.IsSupported && Has(Avx2Bit)
        && (X86Base.CpuId(Features, 0).Ecx & StateSaving) != 0 && (epollsrv_vector_state() & VectorState) == VectorState;

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

    private static bool Has(int bit) => X86Base.CpuId(0, 0).Eax >= ExtendedFeatures && (X86Base.CpuId(ExtendedFeatures, 0).Ebx & bit) != 0;

    [LibraryImport("libc")]
    private static partial void epollsrv_sha256(uint* first, uint* second, byte* data, nint blocks, uint* constants);

    [LibraryImport("libc")]
    private static partial void epollsrv_sha256_lanes(uint* states, byte** data, nint blocks, uint* constants);

    [LibraryImport("libc")]
    private static partial long epollsrv_vector_state();
}
