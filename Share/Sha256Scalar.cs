using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Epollsrv.Share;

/// <summary>SHA-256 in plain arithmetic.</summary>
internal static unsafe class Sha256Scalar
{
    private const int Rounds = 64;

    /// <summary>See <see cref="Sha256.Compress"/>.</summary>
    public static void Compress(uint* first, uint* second, byte* data, nint blocks)
    {
        uint* schedule = stackalloc uint[Rounds];
        for (; blocks > 0; blocks--, data += Sha256.BlockBytes)
        {
            Schedule(data, schedule);
            Round64(first, schedule);
            if (second != null)
            {
                Round64(second, schedule);
            }
        }
    }

    // The message schedule with the constants added.
    private static void Schedule(byte* data, uint* schedule)
    {
        uint* constants = Sha256.Constants;
        for (int i = 0; i < 16; i++)
        {
            schedule[i] = BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(data + (4 * i)));
        }

        for (int i = 16; i < Rounds; i++)
        {
            uint early = schedule[i - 15];
            uint late = schedule[i - 2];
            schedule[i] = schedule[i - 16] + schedule[i - 7]
                + (BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ (early >> 3))
                + (BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ (late >> 10));
        }

        for (int i = 0; i < Rounds; i++)
        {
            schedule[i] += constants[i];
        }
    }

    private static void Round64(uint* state, uint* w)
    {
        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (uint* end = w + Rounds; w < end; w += 8)
        {
            // Eight rounds, after which every word is in its place again.
            h += w[0] + Choose(e, f, g);
            d += h;
            h += Majority(a, b, c);
            g += w[1] + Choose(d, e, f);
            c += g;
            g += Majority(h, a, b);
            f += w[2] + Choose(c, d, e);
            b += f;
            f += Majority(g, h, a);
            e += w[3] + Choose(b, c, d);
            a += e;
            e += Majority(f, g, h);
            d += w[4] + Choose(a, b, c);
            h += d;
            d += Majority(e, f, g);
            c += w[5] + Choose(h, a, b);
            g += c;
            c += Majority(d, e, f);
            b += w[6] + Choose(g, h, a);
            f += b;
            b += Majority(c, d, e);
            a += w[7] + Choose(f, g, h);
            e += a;
            a += Majority(b, c, d);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Choose(uint e, uint f, uint g)
        => (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25)) + (g ^ (e & (f ^ g)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Majority(uint a, uint b, uint c)
        => (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22))
            + ((a & b) | (c & (a | b)));
}
