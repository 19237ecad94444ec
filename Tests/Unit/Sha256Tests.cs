using System;
using System.Collections.Generic;

using Epollsrv.Share;

using Xunit;

using OurSha256 = Epollsrv.Share.Sha256;
using TheirSha256 = System.Security.Cryptography.SHA256;

namespace Epollsrv.Tests.Unit;

/// <summary>
/// Our SHA-256 against the standard's vectors and the base library. The x86 SHA instructions are in the native program only: there
/// <c>selfcheck</c> checks them (<see cref="Integration.CommandLineTests"/>).
/// </summary>
public sealed unsafe class Sha256Tests
{
    [Theory]
    [InlineData("", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("abc", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248D6A61D20638B8E5C026930C3E6039A33CE45964FF2167F6ECEDD419DB06C1")]
    [InlineData("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "CF5B16A778AF8380036CE59E7B0492370B249B11E8F07A51AFAC45037AFEE9D1")]
    public void The_standards_vectors(string message, string expected)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(message);
        byte[] hash = new byte[32];
        OurSha256.Hash(bytes, hash);
        Assert.Equal(expected, Convert.ToHexString(hash));
        OurSha256.Hash(Sha256Way.Scalar, bytes, hash);
        Assert.Equal(expected, Convert.ToHexString(hash));
    }

    [Fact]
    public void A_million_letters()
    {
        byte[] letters = new byte[1_000_000];
        Array.Fill(letters, (byte)'a');
        byte[] hash = new byte[32];
        OurSha256.Hash(letters, hash);
        Assert.Equal("CDC76E5C9914FB9281A1C7E284D73E67F1809A48A497200E046D39CCC7112CD0", Convert.ToHexString(hash));
        Assert.Equal(["CDC76E5C9914FB9281A1C7E284D73E67F1809A48A497200E046D39CCC7112CD0"], Many([letters]));
    }

    [Fact]
    public void Every_length_to_200_alone_in_parts_and_beside_its_whole()
    {
        byte[] message = Random(200, 7);
        byte[] hash = new byte[32];
        for (int length = 0; length <= 200; length++)
        {
            string expected = Theirs(message.AsSpan(0, length));
            OurSha256.Hash(message.AsSpan(0, length), hash);
            Assert.Equal(expected, Convert.ToHexString(hash));

            Sha256Stream stream = default;
            stream.Begin();
            for (int position = 0, part = 1; position < length; position += part, part = (part * 3) % 71)
            {
                part = Math.Min(part, length - position);
                stream.Append(message.AsSpan(position, part));
            }

            Assert.Equal(length, stream.Length);
            stream.Finish(hash);
            Assert.Equal(expected, Convert.ToHexString(hash));

            Sha256Stream whole = default;
            whole.Begin();
            whole.AppendPiece(message.AsSpan(0, 128), hash);
            Assert.Equal(Theirs(message.AsSpan(0, 128)), Convert.ToHexString(hash));
            whole.AppendPiece(message.AsSpan(0, length), hash);
            Assert.Equal(expected, Convert.ToHexString(hash));
            whole.Finish(hash);
            Assert.Equal(Theirs([.. message.AsSpan(0, 128), .. message.AsSpan(0, length)]), Convert.ToHexString(hash));
        }
    }

    [Fact]
    public void Lanes_of_unequal_lengths()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        for (int round = 0; round < 200; round++)
        {
            List<byte[]> messages = [];
            int count = random.Next(0, 30);
            for (int i = 0; i < count; i++)
            {
                messages.Add(Random(random.Next(random.Next(4) == 0 ? 5000 : 200), seed + i));
            }

            string[] expected = new string[count];
            for (int i = 0; i < count; i++)
            {
                expected[i] = Theirs(messages[i]);
            }

            Assert.True(expected.AsSpan().SequenceEqual(Many(messages)), "seed " + seed + " round " + round);
        }
    }

    [Fact]
    public void A_piece_that_does_not_begin_at_a_block_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            Sha256Stream stream = default;
            stream.Begin();
            stream.Append([1]);
            stream.AppendPiece([2], new byte[32]);
        });
    }

    // By HashMany, and in lanes (of plain arithmetic here).
    private static string[] Many(List<byte[]> messages)
    {
        int count = messages.Count;
        byte** pieces = stackalloc byte*[count];
        int* lengths = stackalloc int[count];
        byte[] memory = GC.AllocateUninitializedArray<byte>(1_100_000, pinned: true);
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            messages[i].CopyTo(memory, used);
            pieces[i] = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref memory[used]);
            lengths[i] = messages[i].Length;
            used += messages[i].Length;
        }

        byte* hashes = stackalloc byte[32 * count];
        PieceHasher.HashMany(pieces, lengths, count, hashes);
        string[] result = Texts(hashes, count);
        new Span<byte>(hashes, 32 * count).Clear();
        PieceHasher.HashInLanes(pieces, lengths, count, hashes);
        Assert.Equal(result, Texts(hashes, count));
        return result;
    }

    private static string[] Texts(byte* hashes, int count)
    {
        string[] texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            texts[i] = Convert.ToHexString(new ReadOnlySpan<byte>(hashes + (32 * i), 32));
        }

        return texts;
    }

    private static string Theirs(ReadOnlySpan<byte> message) => Convert.ToHexString(TheirSha256.HashData(message));

    private static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
