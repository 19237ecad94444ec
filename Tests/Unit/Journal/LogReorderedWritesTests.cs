using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

using Epollsrv.Journal;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>A power cut can lose a block and leave a later one, when the disk had neither: that is an end to be cut off and no damage in
/// the middle.</summary>
public sealed unsafe class LogReorderedWritesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, false)]
    [InlineData(33, false)]
    [InlineData(34, true)]
    [InlineData(66, true)]
    [InlineData(-1, true)]
    public void A_lost_block_before_a_whole_one_is_an_end_if_the_disk_had_neither(long synchronized, bool isMiddle)
    {
        const string record = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n";
        Assert.Equal(33, record.Length);
        List<byte> log = [.. Block(record, 0, 0), .. Block(record, 33, 33)];
        int begin = Block(record, 0, 0).Length;
        log.AddRange(Block(record, 66, synchronized));
        byte[] bytes = [.. log];
        bytes.AsSpan(begin, Block(record, 33, 33).Length).Clear();
        string path = _folder["log"];
        File.WriteAllBytes(path, bytes);
        using LogReader reader = LogReader.Open(path, 0, 0, out _)!;
        Assert.Equal(LogStep.Record, reader.Next());
        Assert.Equal(LogStep.Damaged, reader.Next());
        LogDamage damage = reader.Damage!;
        DamageKind kind = isMiddle ? DamageKind.Middle : DamageKind.UnreadableTail;
        Assert.Equal((kind, begin, 33L), (damage.Kind, damage.Offset, damage.Position));
        Assert.EndsWith(isMiddle ? ", some of which are good records"
            : " up to the end of the file, with whole blocks among them. None of them was known to be on the disk, and a power cut can leave them like this",
            damage.Text, StringComparison.Ordinal);
    }

    // A block is longer than a page: its first page is lost, its others are there, and so is a block behind it, or nothing.
    [Theory]
    [InlineData(0, true, false)]
    [InlineData(0, false, false)]
    [InlineData(-1, true, true)]
    [InlineData(-1, false, true)]
    public void A_lost_beginning_of_the_file_is_an_end(long position, bool isFollowed, bool isMiddle)
    {
        const string record = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n";
        string records = string.Concat(System.Linq.Enumerable.Repeat(record, 200));
        byte[] first = Block(records, 0, 0);
        byte[] bytes = [.. first, .. isFollowed ? Block(record, records.Length, 0) : []];
        bytes.AsSpan(0, 4096).Clear();
        string path = _folder["log"];
        File.WriteAllBytes(path, bytes);
        using LogReader reader = LogReader.Open(path, 0, position, out _)!;
        Assert.Equal(LogStep.Damaged, reader.Next());
        LogDamage damage = reader.Damage!;
        Assert.Equal((isMiddle ? DamageKind.Middle : DamageKind.UnreadableTail, 0L), (damage.Kind, damage.Offset));
    }

    private static byte[] Block(string records, long position, long synchronized)
    {
        byte[] payload = Encoding.ASCII.GetBytes(records);
        byte[] line = new byte[BlockHeader.Longest];
        fixed (byte* to = line, data = payload)
        {
            int covered = BlockHeader.Begin(to, payload.Length, position, synchronized);
            ulong checksum = Crc64.Compute(Crc64.Compute(0, to, covered), data, payload.Length);
            return [.. line[..(covered + BlockHeader.End(to + covered, checksum))], .. payload];
        }
    }
}
