using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

using Instructions = System.Runtime.Intrinsics.Arm.Sha256;

namespace Epollsrv.Share;

/// <summary>SHA-256 with ARMv8's crypto instructions.</summary>
internal static unsafe class Sha256Arm
{
    /// <summary>Whether the processor has them.</summary>
    public static bool IsSupported => Instructions.IsSupported;

    /// <summary>See <see cref="Sha256.Compress"/>.</summary>
    public static void Compress(uint* first, uint* second, byte* data, nint blocks)
    {
        if (!Instructions.IsSupported)
        {
            return;
        }

        if (second == null)
        {
            Compress(first, first, data, blocks, both: false);
        }
        else
        {
            Compress(first, second, data, blocks, both: true);
        }
    }

    // Inlined for each of the two constants, so that a single state pays nothing for the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compress(uint* first, uint* second, byte* data, nint blocks, bool both)
    {
        Vector128<uint> abcd = Vector128.Load(first);
        Vector128<uint> efgh = Vector128.Load(first + 4);
        Vector128<uint> otherAbcd = both ? Vector128.Load(second) : default;
        Vector128<uint> otherEfgh = both ? Vector128.Load(second + 4) : default;
        for (; blocks > 0; blocks--, data += Sha256.BlockBytes)
        {
            Vector128<uint> abcdBefore = abcd;
            Vector128<uint> efghBefore = efgh;
            Vector128<uint> otherAbcdBefore = otherAbcd;
            Vector128<uint> otherEfghBefore = otherEfgh;
            Vector128<uint> w0 = Load(data);
            Vector128<uint> w1 = Load(data + 16);
            Vector128<uint> w2 = Load(data + 32);
            Vector128<uint> w3 = Load(data + 48);
            uint* constants = Sha256.Constants;
            for (int i = 0; i < 16; i++, constants += 4)
            {
                Vector128<uint> sum = w0 + Vector128.Load(constants);
                Vector128<uint> next = i < 12 ? Next(w0, w1, w2, w3) : w0;
                Four(ref abcd, ref efgh, sum);
                if (both)
                {
                    Four(ref otherAbcd, ref otherEfgh, sum);
                }

                w0 = w1;
                w1 = w2;
                w2 = w3;
                w3 = next;
            }

            abcd += abcdBefore;
            efgh += efghBefore;
            if (both)
            {
                otherAbcd += otherAbcdBefore;
                otherEfgh += otherEfghBefore;
            }
        }

        abcd.Store(first);
        efgh.Store(first + 4);
        if (both)
        {
            otherAbcd.Store(second);
            otherEfgh.Store(second + 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Load(byte* data) => AdvSimd.ReverseElement8(Vector128.Load((uint*)data));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Next(Vector128<uint> w0, Vector128<uint> w1, Vector128<uint> w2, Vector128<uint> w3)
        => Instructions.ScheduleUpdate1(Instructions.ScheduleUpdate0(w0, w1), w2, w3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(ref Vector128<uint> abcd, ref Vector128<uint> efgh, Vector128<uint> sum)
    {
        Vector128<uint> before = abcd;
        abcd = Instructions.HashUpdate1(abcd, efgh, sum);
        efgh = Instructions.HashUpdate2(efgh, before, sum);
    }
}
