using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>The part of <c>selfcheck</c> that is about SHA-256: each implementation
/// this processor has, its standard vectors and its speed.</summary>
internal static unsafe class HashCheck
{
    private const int Million = 1_000_000;
    private const int SpeedPieces = 32;
    private const double BytesPerNanosecondToMegabytes = 1000;

    /// <summary>Says of each implementation whether its hashes are right; one that the processor lacks is no failure.</summary>
    public static bool Run(Func<string, bool, bool> report)
    {
        bool good = true;
        for (Sha256Way way = Sha256Way.Scalar; way <= Sha256Way.X86; way++)
        {
            if (Sha256.Has(way))
            {
                good &= report("SHA-256, " + NameOf(way) + ": the standard's vectors", VectorsHold(way));
            }
        }

        return !Sha256Lanes.IsSupported ? good
            : good & report("SHA-256, eight AVX2 lanes: the same as " + NameOf(Sha256Way.Scalar) + ", every length to 200", LanesAgree());
    }

    /// <summary>Prints what each implementation does in a second, on one core, from memory that the cache holds no longer.</summary>
    public static void Measure()
    {
        byte* memory = (byte*)Memory.Map((nint)SpeedPieces * PieceHasher.PieceBytes);
        new Span<byte>(memory, SpeedPieces * PieceHasher.PieceBytes).Fill(0x5A);
        byte* hashes = stackalloc byte[SpeedPieces * Sha256.HashBytes];
        for (Sha256Way way = Sha256Way.Scalar; way <= Sha256Way.X86; way++)
        {
            if (!Sha256.Has(way))
            {
                continue;
            }

            long begin = Clock.Monotonic();
            for (int i = 0; i < SpeedPieces; i++)
            {
                Sha256.Hash(way, Piece(memory, i), Hash(hashes, i));
            }

            Speed(NameOf(way) + ", one message", begin);
            begin = Clock.Monotonic();
            Sha256Stream whole = default;
            whole.Begin(way);
            for (int i = 0; i < SpeedPieces; i++)
            {
                whole.AppendPiece(Piece(memory, i), Hash(hashes, i));
            }

            Speed(NameOf(way) + ", pieces and the whole", begin);
        }

        if (Sha256Lanes.IsSupported)
        {
            long begin = Clock.Monotonic();
            Lanes(memory, SpeedPieces, PieceHasher.PieceBytes, hashes);
            Speed("eight AVX2 lanes, pieces", begin);
        }
    }

    private static string NameOf(Sha256Way way) => way switch
    {
        Sha256Way.X86 => "x86 SHA instructions",
        Sha256Way.Arm => "ARMv8 crypto instructions",
        _ => "plain arithmetic",
    };

    private static void Speed(string what, long begin)
    {
        long took = Math.Max(1, Clock.Monotonic() - begin);
        long speed = (long)((double)SpeedPieces * PieceHasher.PieceBytes / took * BytesPerNanosecondToMegabytes);
        StandardOutput.Write("speed   SHA-256, " + what + ": " + ValueText.FormatInteger(speed) + " MB/s\n");
    }

    private static ReadOnlySpan<byte> Piece(byte* memory, int index) =>
        new(memory + ((nint)index * PieceHasher.PieceBytes), PieceHasher.PieceBytes);

    private static Span<byte> Hash(byte* hashes, int index) => new(hashes + (index * Sha256.HashBytes), Sha256.HashBytes);

    // FIPS 180-4's examples (CSRC): "abc", two blocks, a million letters; and the empty message.
    private static bool VectorsHold(Sha256Way way)
    {
        byte[] letters = new byte[Million];
        letters.AsSpan().Fill((byte)'a');
        return Holds(way, default, "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")
            && Holds(way, "abc"u8, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")
            && Holds(way, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"u8,
                "248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1")
            && Holds(way, letters, "CDC76E5C9914FB9281A1C7E284D73E67F1809A48A497200E046D39CCC7112CD0");
    }

    // As one message, and as a piece that is hashed beside its whole.
    private static bool Holds(Sha256Way way, ReadOnlySpan<byte> message, string expected)
    {
        Span<byte> hash = stackalloc byte[3 * Sha256.HashBytes];
        Sha256.Hash(way, message, hash);
        Sha256Stream whole = default;
        whole.Begin(way);
        whole.AppendPiece(message, hash[Sha256.HashBytes..]);
        whole.Finish(hash[(2 * Sha256.HashBytes)..]);
        return Convert.ToHexString(hash) == expected + expected + expected;
    }

    private static bool LanesAgree()
    {
        // Every length to 200: message i is the first i bytes.
        const int Messages = 201;
        byte* memory = stackalloc byte[Messages];
        byte* hashes = stackalloc byte[Messages * Sha256.HashBytes];
        byte** pieces = stackalloc byte*[Messages];
        int* lengths = stackalloc int[Messages];
        for (int i = 0; i < Messages; i++)
        {
            memory[i] = (byte)(i * 31);
            pieces[i] = memory;
            lengths[i] = i;
        }

        PieceHasher.HashInLanes(pieces, lengths, Messages, hashes);
        Span<byte> hash = stackalloc byte[Sha256.HashBytes];
        for (int i = 0; i < Messages; i++)
        {
            Sha256.Hash(Sha256Way.Scalar, new ReadOnlySpan<byte>(memory, i), hash);
            if (!hash.SequenceEqual(Hash(hashes, i)))
            {
                return false;
            }
        }

        return true;
    }

    private static void Lanes(byte* memory, int count, int length, byte* hashes)
    {
        byte** pieces = stackalloc byte*[count];
        int* lengths = stackalloc int[count];
        for (int i = 0; i < count; i++)
        {
            pieces[i] = memory + ((nint)i * length);
            lengths[i] = length;
        }

        PieceHasher.HashInLanes(pieces, lengths, count, hashes);
    }
}
