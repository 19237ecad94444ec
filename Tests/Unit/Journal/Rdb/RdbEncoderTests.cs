using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal.Rdb;

/// <summary>What is written, byte for byte and read again. What Redis's programs say: <see cref="Differential.RdbFileTests"/>.</summary>
public sealed class RdbEncoderTests
{
    [Fact]
    public void A_small_file_byte_for_byte()
    {
        RecordBuffer buffer = default;
        RdbEncoder.AddHeader(ref buffer);
        RdbEncoder.AddAux(ref buffer, "redis-bits"u8, 64);
        RdbEncoder.AddAux(ref buffer, "a"u8, "b"u8);
        RdbEncoder.AddSelect(ref buffer, 300);
        RdbEncoder.AddResize(ref buffer, 70_000, 5_000_000_000);
        RdbEncoder.AddKey(ref buffer, "k"u8, "v"u8, 0x0102030405060708);
        RdbEncoder.AddKey(ref buffer, "-129"u8, "00"u8, 0);
        RdbEncoder.AddKeyHead(ref buffer, "h"u8, 20, 0);
        buffer.Add("12345678901234567890"u8);
        RdbEncoder.AddEnd(ref buffer, 0);
        byte[] expected = new RdbBuilder()
            .Bytes(0xFA).Texts("redis-bits").Bytes(0xC0, 64).Bytes(0xFA).Texts("a", "b")
            .Bytes(0xFE, 0x41, 0x2C).Bytes(0xFB, 0x80, 0, 1, 0x11, 0x70, 0x81, 0, 0, 0, 1, 0x2A, 0x05, 0xF2, 0)
            .Bytes(0xFC, 8, 7, 6, 5, 4, 3, 2, 1).Key("k", "v").Bytes(0, 0xC1, 0x7F, 0xFF).Texts("00")
            .Key("h", "12345678901234567890").End();
        Assert.Equal(expected, Take(ref buffer));
    }

    /// <summary>As Redis: what is no canonical number, or does not fit 32 bits, stays a text.</summary>
    [Theory]
    [InlineData("0", 2)]
    [InlineData("127", 2)]
    [InlineData("-128", 2)]
    [InlineData("128", 3)]
    [InlineData("-32768", 3)]
    [InlineData("32768", 5)]
    [InlineData("-2147483648", 5)]
    [InlineData("2147483647", 5)]
    [InlineData("2147483648", 11)]
    [InlineData("-0", 3)]
    [InlineData("01", 3)]
    [InlineData("+1", 3)]
    [InlineData(" 1", 3)]
    [InlineData("", 1)]
    public void Numbers_take_as_many_bytes_as_in_redis(string text, int bytes)
    {
        RecordBuffer buffer = default;
        RdbEncoder.AddKey(ref buffer, Encoding.ASCII.GetBytes(text), "v"u8, 0);
        Assert.Equal(1 + bytes + 2, Take(ref buffer).Length);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1000)]
    public void Everything_is_read_as_it_was_written(long largeFrom)
    {
        Random random = new(TestSeed.Choose());
        List<byte> file = [];
        List<string> expected = [];
        RecordBuffer buffer = default;
        ulong checksum = 0;
        RdbEncoder.AddHeader(ref buffer);
        RdbEncoder.AddAux(ref buffer, "ctime"u8, 1_700_000_000);
        expected.Add("aux ctime=1700000000");
        for (int database = 0; database < 20; database++)
        {
            RdbEncoder.AddSelect(ref buffer, database * 1000);
            int[] lengths = [0, 1, 10, 63, 64, 16383, 16384, 70_000];
            for (int i = 0; i < 30; i++)
            {
                byte[] key = Some(random, lengths[random.Next(5)]);
                byte[] value = random.Next(3) == 0 ? Encoding.ASCII.GetBytes(Number(random.NextInt64() >> random.Next(64)))
                    : Some(random, lengths[random.Next(lengths.Length)]);
                long expiry = random.Next(3) == 0 ? random.NextInt64(1, 1L << 45) : 0;
                ItemFields item = random.Next(3) == 0 ? new ItemFields((uint)random.Next(), (ulong)random.NextInt64()) : default;
                if (!item.IsNone)
                {
                    RdbEncoder.AddItem(ref buffer, item);
                }

                if (value.Length > 11 && random.Next(2) == 0)
                {
                    RdbEncoder.AddKeyHead(ref buffer, key, value.Length, expiry);
                    Move(ref buffer, file, ref checksum);
                    buffer.Add(value);
                }
                else
                {
                    RdbEncoder.AddKey(ref buffer, key, value, expiry);
                }

                expected.Add(Number(database * 1000) + " " + Encoding.Latin1.GetString(key) + "=" + Encoding.Latin1.GetString(value)
                    + (item.IsNone ? string.Empty : " flags " + Number(item.ClientFlags) + " unique " + Number((long)item.Unique))
                    + (expiry != 0 ? " until " + Number(expiry) : string.Empty));
            }

            Move(ref buffer, file, ref checksum);
        }

        RdbEncoder.AddSelect(ref buffer, 0);
        RdbEncoder.AddEnd(ref buffer, checksum);
        Move(ref buffer, file, ref checksum);
        expected.Add("end " + Number(file.Count));
        Assert.Equal(expected, RdbListing.Of([.. file], largeFrom));
    }

    private static unsafe void Move(ref RecordBuffer buffer, List<byte> file, ref ulong checksum)
    {
        checksum = Crc64.Compute(checksum, buffer.Data, buffer.Length);
        file.AddRange(Take(ref buffer));
    }

    private static unsafe byte[] Take(ref RecordBuffer buffer)
    {
        byte[] bytes = new ReadOnlySpan<byte>(buffer.Data, (int)buffer.Length).ToArray();
        System.Runtime.InteropServices.NativeMemory.Free(buffer.Data);
        buffer = default;
        return bytes;
    }

    private static byte[] Some(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
