using System;
using System.Text;

using Epollsrv.Journal;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The line before a block.</summary>
public sealed unsafe class BlockHeaderTests
{
    [Fact]
    public void A_header_says_length_position_and_a_checksum_of_itself_and_the_payload()
    {
        const string Covered = "#HDR:v1;len:14;reploff:9223372036854775807;checksum:";
        const string Payload = "*1\r\n$4\r\nPING\r\n";
        byte[] covered = Encoding.ASCII.GetBytes(Covered + Payload);
        ulong checksum;
        fixed (byte* start = covered)
        {
            checksum = Crc64.Compute(0, start, covered.Length);
        }

        byte[] block = LogBytes.Block(Encoding.ASCII.GetBytes(Payload), long.MaxValue);
        Assert.Equal(FormattableString.Invariant($"{Covered}{checksum};\r\n{Payload}"), Encoding.ASCII.GetString(block));
        Assert.True(TryParse(Encoding.ASCII.GetString(block)[..^Payload.Length], out BlockHeader header));
        Assert.Equal((14, long.MaxValue, checksum, Covered.Length),
            (header.PayloadLength, header.Position, header.Checksum, header.CoveredLength));
        Assert.True(block.Length - Payload.Length <= BlockHeader.Longest);
    }

    [Theory]
    [InlineData("#HDR:v1;len:0;checksum:0;\r\n", -1, true)]
    [InlineData("#HDR:v1;len:1;replid:abc;reploff:7;x:;checksum:18446744073709551615;\r\n", 7, true)]
    [InlineData("#HDR:v1;len:1;checksum:18446744073709551616;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:9223372036854775808;checksum:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:01;checksum:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:;checksum:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:-1;checksum:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;reploff:1;len:1;checksum:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:1;reploff:x;checksum:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:1;checksum:1;more:1;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:1;checksum:1;;\r\n", 0, false)]
    [InlineData("#HDR:v1;len:1;checksum:1\r\n", 0, false)]
    [InlineData("#HDR:v1;len:1;checksum:1;\n", 0, false)]
    [InlineData("#HDR:v1\r\n", 0, false)]
    public void Headers_are_read_strictly_but_for_unknown_fields(string line, long position, bool isGood)
    {
        Assert.Equal(isGood, TryParse(line, out BlockHeader header));
        Assert.True(!isGood || header.Position == position);
    }

    [Theory]
    [InlineData("#HDR:v2;len:1;checksum:1;\r\n", true)]
    [InlineData("#HDR:v10;\r\n", true)]
    [InlineData("#HDR:v1;len:1;checksum:1;\r\n", false)]
    [InlineData("#HDR:v;\r\n", false)]
    [InlineData("#HDR:v2\r\n", false)]
    public void A_newer_version_is_known_by_its_number(string line, bool isOther)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(line);
        fixed (byte* start = bytes)
        {
            Assert.Equal(isOther, BlockHeader.IsOtherVersion(start, bytes.Length));
        }
    }

    private static bool TryParse(string line, out BlockHeader header)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(line);
        fixed (byte* start = bytes)
        {
            return BlockHeader.TryParse(start, bytes.Length, out header);
        }
    }
}
