using System;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Journal;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>Reading the log: whole files, and what a crash or a power cut leaves of them.</summary>
public sealed class LogReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LogPath => _folder["log"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_whole_log_gives_all_records(bool hasBlocks)
    {
        LogBytes log = LogBytes.Sample(hasBlocks);
        File.WriteAllBytes(LogPath, log.Bytes);
        (string[] records, LogDamage? damage, long position) = LogBytes.Read(LogPath, hasBlocks ? -1 : 1000);
        Assert.Null(damage);
        Assert.Equal(log.RecordsWithin(long.MaxValue), records);
        Assert.Equal(log.Position, position);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_log_that_was_cut_gives_what_is_whole_and_can_be_mended(bool hasBlocks)
    {
        LogBytes log = LogBytes.Sample(hasBlocks);
        byte[] bytes = log.Bytes;
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(LogPath, bytes[..length]);
            (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath);
            Assert.Equal(log.RecordsWithin(length), records);
            long end = log.EndWithin(length);
            Assert.Equal(end != length, damage is not null);
            if (damage is not null)
            {
                Assert.Equal((DamageKind.CutShort, end, length - end), (damage.Kind, damage.Offset, damage.Length));
                if (length % 4 == 0)
                {
                    Mend(damage, bytes[(int)end..length]);
                    Assert.Equal(bytes[..(int)end], File.ReadAllBytes(LogPath));
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Garbage_behind_a_log_is_cut_off(bool hasBlocks)
    {
        LogBytes log = LogBytes.Sample(hasBlocks);
        Random random = new(TestSeed.Choose());
        foreach (int length in (int[])[1, 12, 4096, 1 << 20])
        {
            foreach (bool zeros in (bool[])[true, false])
            {
                byte[] garbage = new byte[length];
                if (!zeros)
                {
                    random.NextBytes(garbage);
                    garbage[0] |= 0x80;
                }

                File.WriteAllBytes(LogPath, [.. log.Bytes, .. garbage]);
                (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath);
                Assert.Equal(log.RecordsWithin(long.MaxValue), records);
                Assert.Equal((DamageKind.UnreadableTail, log.Bytes.LongLength, length), (damage!.Kind, damage.Offset, damage.Length));
                Mend(damage, garbage);
                Assert.Equal(log.Bytes, File.ReadAllBytes(LogPath));
            }
        }
    }

    [Fact]
    public void A_changed_byte_in_a_block_gives_the_blocks_before_it_and_is_not_cut()
    {
        LogBytes log = LogBytes.Sample(hasBlocks: true);
        byte[] bytes = log.Bytes;
        Random random = new(TestSeed.Choose());
        string[] all = log.RecordsWithin(long.MaxValue);
        long lastStart = log.StartOf(bytes.Length - 1);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(LogPath, changed);
            (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath);

            // A header that has become another annotation: its records are read as Redis's are.
            if (records.Length == all.Length)
            {
                Assert.Equal(all, records);
                continue;
            }

            Assert.Equal(log.RecordsWithin(i), records);
            Assert.NotNull(damage);
            Assert.Equal(log.StartOf(i), damage.Offset);
            Assert.True(damage.Kind == DamageKind.Newer || damage.IsTail == i >= lastStart, damage.Text);
        }
    }

    [Fact]
    public void A_changed_byte_in_a_bare_log_never_gives_a_part_of_a_group()
    {
        LogBytes log = LogBytes.Sample(hasBlocks: false);
        byte[] bytes = log.Bytes;
        Random random = new(TestSeed.Choose());
        int refused = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(LogPath, changed);
            (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath);
            string[] before = log.RecordsWithin(i);
            Assert.Equal(before, records.Take(before.Length));
            Assert.Equal(Count(records, "exec"), Count(records, "multi"));
            refused += damage is { IsTail: false } ? 1 : 0;
        }

        Assert.True(refused > 100);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Values_and_groups_that_are_longer_than_any_buffer_are_read(bool hasBlocks)
    {
        string value = new('x', 3_000_000);
        LogBytes log = new(hasBlocks);
        log.Add(["SET", "a", "1"]);
        log.Add([["MULTI"], .. Enumerable.Range(0, 5).Select(i => (string[])["SET", "k", value[i..]]), ["EXEC"]]);
        log.Add(["DEL", "a"]);
        byte[] bytes = log.Bytes;
        foreach (int length in (int[])[bytes.Length, bytes.Length - 1, bytes.Length - 150, 8_000_000, 1_000_000])
        {
            File.WriteAllBytes(LogPath, bytes[..length]);
            (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath);
            Assert.Equal(log.RecordsWithin(length), records);
            Assert.Equal(length == bytes.Length ? null : DamageKind.CutShort, damage?.Kind);
        }
    }

    [Fact]
    public void A_group_may_go_on_over_several_blocks()
    {
        byte[] first = [.. LogBytes.Record("SET", "a", "1"), .. LogBytes.Record("MULTI"), .. LogBytes.Record("SET", "b", "1")];
        byte[] second = [.. LogBytes.Record("SET", "c", "1"), .. LogBytes.Record("EXEC"), .. LogBytes.Record("DEL", "a")];
        byte[] bytes = [.. LogBytes.Block(first, 0), .. LogBytes.Block(second, first.Length)];
        File.WriteAllBytes(LogPath, bytes);
        (string[] records, LogDamage? damage, long position) = LogBytes.Read(LogPath);
        Assert.Equal((null, 6, first.Length + second.Length), (damage, records.Length, position));

        bytes[^3] ^= 1;
        File.WriteAllBytes(LogPath, bytes);
        (records, damage, _) = LogBytes.Read(LogPath);
        Assert.Empty(records);
        Assert.Equal((DamageKind.UnreadableTail, 0), (damage!.Kind, damage.Offset));
    }

    [Fact]
    public void A_log_that_Redis_went_on_with_and_a_node_again_is_read()
    {
        byte[] bare = LogBytes.Record("SET", "b", "1");
        LogBytes log = new LogBytes(hasBlocks: true, position: 50).Add(["SET", "a", "1"]);
        long position = log.Position + bare.Length;
        byte[] block = LogBytes.Block(LogBytes.Record("DEL", "a"), position);
        File.WriteAllBytes(LogPath, [.. log.Bytes, .. "#TS:1\r\n"u8, .. bare, .. block]);
        (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath, position: 50);
        Assert.Null(damage);
        Assert.Equal(["SET|a|1", "SET|b|1", "DEL|a"], records);
    }

    [Fact]
    public void A_block_of_another_position_is_damage_that_is_not_cut()
    {
        LogBytes log = new LogBytes(hasBlocks: true, position: 50).Add(["SET", "a", "1"]);
        File.WriteAllBytes(LogPath, [.. log.Bytes, .. LogBytes.Block(LogBytes.Record("DEL", "a"), log.Position + 1)]);
        (string[] records, LogDamage? damage, _) = LogBytes.Read(LogPath);
        Assert.Equal(["SET|a|1"], records);
        Assert.Equal((DamageKind.Middle, log.Position), (damage!.Kind, damage.Position));
        Assert.Equal(DamageKind.Middle, LogBytes.Read(LogPath, position: 51).Damage!.Kind);
    }

    [Fact]
    public void Another_log_in_a_value_is_not_taken_for_what_follows_the_damage()
    {
        LogBytes value = new LogBytes(hasBlocks: true, position: 5).Add(["SET", "a", "1"]).Add(["SET", "a", "1"]);
        LogBytes log = new LogBytes(hasBlocks: true).Add(["SET", "a", "1"]);
        long good = log.Bytes.LongLength;
        log.Add(["SET", "log", Encoding.Latin1.GetString(value.Bytes)]);
        File.WriteAllBytes(LogPath, log.Bytes[..^1]);
        LogDamage? damage = LogBytes.Read(LogPath).Damage;
        Assert.Equal((DamageKind.CutShort, good), (damage!.Kind, damage.Offset));
    }

    private static int Count(string[] records, string word) =>
        records.Count(record => record.Equals(word, StringComparison.OrdinalIgnoreCase));

    private void Mend(LogDamage damage, byte[] tail)
    {
        Assert.True(LogRepair.TryCut(new QuickDisk(), damage, isLast: true, LogRepair.DefaultLimit, out string text), text);
        string copy = Assert.Single(Directory.GetFiles(_folder.Path, "log.cut-*"));
        Assert.Equal(tail, File.ReadAllBytes(copy));
        Assert.EndsWith("kept in " + copy, text, StringComparison.Ordinal);
        File.Delete(copy);
        Assert.Null(LogBytes.Read(LogPath).Damage);
    }
}
