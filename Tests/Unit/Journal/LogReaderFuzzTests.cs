using System;
using System.IO;
using System.Linq;

using Epollsrv.Journal;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>Random logs with random damage: what comes out are whole units from the beginning, and the reader ends.</summary>
public sealed class LogReaderFuzzTests : IDisposable
{
    private const int Rounds = 400;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whole_units_or_nothing(bool hasBlocks)
    {
        Random random = new(TestSeed.Choose());
        string path = _folder["log"];
        for (int i = 0; i < Rounds; i++)
        {
            LogBytes log = Make(random, hasBlocks);
            byte[] bytes = log.Bytes;
            int at = random.Next(bytes.Length + 1);
            byte[] damaged = random.Next(4) switch
            {
                0 => bytes[..at],
                1 => [.. bytes[..at], .. Garbage(random)],
                2 => [.. bytes[..at], .. Garbage(random), .. bytes[at..]],
                _ => Overwrite(bytes, at, Garbage(random)),
            };
            File.WriteAllBytes(path, damaged);
            (string[] records, LogDamage? damage, _) = LogBytes.Read(path);
            string[] expected = log.RecordsWithin(at);
            Assert.True(records.Take(expected.Length).SequenceEqual(expected), "what is in front of the damage is there");
            if (hasBlocks && damage is not null)
            {
                // Garbage that is the same as what it replaces, or that is a whole annotation, may leave more.
                Assert.True(log.RecordsWithin(long.MaxValue).Take(records.Length).SequenceEqual(records));
            }

            if (damage is { IsTail: true })
            {
                Assert.True(LogRepair.TryCut(new QuickDisk(), damage, isLast: true, long.MaxValue, out _));
                (string[] again, LogDamage? left, _) = LogBytes.Read(path);
                Assert.Null(left);
                Assert.Equal(records, again);
            }
        }
    }

    [Fact]
    public void Lengths_that_no_file_has_cost_neither_memory_nor_time()
    {
        string[] heads = ["*2147483647\r\n", "*2147483648\r\n", "*99999999999999999999\r\n", "*1\r\n$536870912\r\n", "*1\r\n$536870913\r\n",
            "*1\r\n$9223372036854775807\r\n", "*-1\r\n", "*0\r\n", "*1\r\n$-1\r\n",
            "#HDR:v1;len:9223372036854775807;reploff:0;checksum:1;\r\n"];
        foreach (string head in heads)
        {
            string path = _folder.Write("log", head + "*1\r\n$4\r\nPING\r");
            long before = GC.GetAllocatedBytesForCurrentThread();
            (string[] records, LogDamage? damage, _) = LogBytes.Read(path);
            Assert.Empty(records);
            Assert.Equal(0, damage!.Offset);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        }
    }

    [Fact]
    public void A_value_full_of_beginnings_does_not_hold_the_reader_up()
    {
        const string Header = "#HDR:v1;len:30000000;checksum:1;\r\n";
        string beginnings = string.Concat(Enumerable.Repeat(Header + "*1\r\n$30000000\r\n", 200_000));
        string path = _folder.Write("log", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\n" + beginnings);
        long start = Clock.ThreadCpuTime();
        (string[] records, LogDamage? damage, _) = LogBytes.Read(path);
        Assert.Empty(records);
        Assert.True(damage is not null);

        // A second or two; it would be hours if each beginning were read to its end.
        Assert.InRange((Clock.ThreadCpuTime() - start) / 1_000_000, 0, 60_000);
    }

    private static LogBytes Make(Random random, bool hasBlocks)
    {
        LogBytes log = new(hasBlocks, random.Next(1000));
        for (int units = random.Next(1, 12); units > 0; units--)
        {
            string[][] records = [.. Enumerable.Range(0, random.Next(1, hasBlocks ? 5 : 2)).Select(_ => Record(random))];
            if (random.Next(3) == 0)
            {
                records = [["MULTI"], .. records, Record(random), ["EXEC"]];
            }

            _ = random.Next(8) == 0 ? log.Annotation("#TS:" + random.Next()) : log.Add(records);
        }

        return log;
    }

    private static string[] Record(Random random) => random.Next(4) switch
    {
        0 => ["DEL", Word(random, 10)],
        1 => ["PEXPIREAT", Word(random, 10), "99999999999999"],
        _ => ["SET", Word(random, 10), Word(random, random.Next(10) == 0 ? 5000 : 40)],
    };

    private static string Word(Random random, int longest) =>
        string.Create(random.Next(longest), random, static (letters, random) =>
        {
            foreach (ref char letter in letters)
            {
                letter = (char)random.Next(256);
            }
        });

    private static byte[] Garbage(Random random)
    {
        byte[] bytes = new byte[random.Next(1, 40)];
        if (random.Next(2) == 0)
        {
            random.NextBytes(bytes);
        }

        return bytes;
    }

    private static byte[] Overwrite(byte[] bytes, int at, byte[] garbage)
    {
        byte[] changed = [.. bytes];
        garbage.AsSpan(0, Math.Min(garbage.Length, changed.Length - at)).CopyTo(changed.AsSpan(at));
        return changed;
    }
}
