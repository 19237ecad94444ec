using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>
/// SHA-256 (FIPS 180-4) in the program's own code: a static program has no OpenSSL. This is the part that all implementations share, and
/// the choice between them. Any thread; nothing allocates.
/// </summary>
internal static unsafe class Sha256
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashBytes = 32;

    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 64;

    /// <summary>Words of a state.</summary>
    public const int StateWords = 8;

    private static ReadOnlySpan<uint> Initial =>
    [
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    ];

    private static ReadOnlySpan<uint> ConstantWords =>
    [
        0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
        0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
        0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
        0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
        0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
        0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
        0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
        0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
    ];

    /// <summary>The fastest implementation for one message at a time that this processor has.</summary>
    public static Sha256Way Best => Sha256Instructions.IsSupported ? Sha256Way.X86 : Sha256Arm.IsSupported ? Sha256Way.Arm
        : Sha256Way.Scalar;

    /// <summary>The 64 constants; they are part of the program's image and never move.</summary>
    internal static uint* Constants => (uint*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(ConstantWords));

    /// <summary>Whether this processor, and this program, have an implementation.</summary>
    public static bool Has(Sha256Way way) => way == Sha256Way.Scalar
        || (way == Sha256Way.X86 ? Sha256Instructions.IsSupported : Sha256Arm.IsSupported);

    /// <summary>The hash of one message.</summary>
    /// <param name="data">The message.</param>
    /// <param name="hash">Receives 32 bytes.</param>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash) => Hash(Best, data, hash);

    /// <summary>The same by one implementation.</summary>
    public static void Hash(Sha256Way way, ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Sha256Stream stream = default;
        stream.Begin(way);
        stream.Append(data);
        stream.Finish(hash);
    }

    /// <summary>Makes a state what it is before the first block.</summary>
    internal static void Begin(uint* state) => Initial.CopyTo(new Span<uint>(state, StateWords));

    /// <summary>Writes a final state as a hash.</summary>
    internal static void Write(uint* state, Span<byte> hash)
    {
        for (int i = 0; i < StateWords; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], state[i]);
        }
    }

    /// <summary>Takes whole blocks into one state, or into two that have the
    /// same blocks: their message schedule is then computed once.</summary>
    /// <param name="way">One that <see cref="Has"/>.</param>
    /// <param name="first">The state.</param>
    /// <param name="second">The other state, or null.</param>
    /// <param name="data">The blocks.</param>
    /// <param name="blocks">How many.</param>
    internal static void Compress(Sha256Way way, uint* first, uint* second, byte* data, nint blocks)
    {
        switch (way)
        {
            case Sha256Way.X86:
                Sha256Instructions.Compress(first, second, data, blocks, Constants);
                break;
            case Sha256Way.Arm:
                Sha256Arm.Compress(first, second, data, blocks);
                break;
            default:
                Sha256Scalar.Compress(first, second, data, blocks);
                break;
        }
    }

    /// <summary>Writes what follows the last whole block: the rest of the message, a one bit, zeros, the length in bits.</summary>
    /// <param name="rest">Fewer than 64 bytes.</param>
    /// <param name="length">Bytes of the whole message.</param>
    /// <param name="target">128 bytes.</param>
    /// <returns>Blocks: 1 or 2.</returns>
    internal static int Pad(ReadOnlySpan<byte> rest, long length, Span<byte> target)
    {
        int blocks = rest.Length < BlockBytes - 8 ? 1 : 2;
        target[..(blocks * BlockBytes)].Clear();
        rest.CopyTo(target);
        target[rest.Length] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(target[((blocks * BlockBytes) - 8)..], length << 3);
        return blocks;
    }
}
