using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;

using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Store;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit.Store;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>Records that wait to be written: in order, whole, each byte once.</summary>
public sealed unsafe class LogBufferTests
{
    private const int Appends = 4000;

    [Fact]
    public void What_is_taken_is_what_was_appended_and_always_whole()
    {
        Random random = new(TestSeed.Choose());
        using StoreFixture fixture = new();
        LogBuffer buffer = new(new PositionTable(), 1000);
        MemoryStream expected = new();
        MemoryStream taken = new();
        HashSet<long> ends = [0];
        for (int i = 0; i < Appends; i++)
        {
            Append(buffer, fixture, random, expected);
            _ = ends.Add(expected.Length);
            Assert.Equal(1000 + expected.Length, buffer.End);
            if (random.Next(4) == 0)
            {
                TakeOnce(buffer, taken);
                Assert.Contains(taken.Length, ends);
                Assert.Equal(1000 + taken.Length, buffer.Begin);
            }
        }

        while (TakeOnce(buffer, taken))
        {
            Assert.Contains(taken.Length, ends);
        }

        Assert.True(expected.ToArray().AsSpan().SequenceEqual(taken.ToArray()));
    }

    [Fact]
    public void Any_number_of_large_values_can_wait()
    {
        const int values = 100;
        Random random = new(TestSeed.Choose());
        using StoreFixture fixture = new();
        LogBuffer buffer = new(new PositionTable(), 0);
        MemoryStream expected = new();
        while (expected.Length < values * 20_000)
        {
            Append(buffer, fixture, random, expected, isLarge: true);
        }

        MemoryStream taken = new();
        while (TakeOnce(buffer, taken))
        {
        }

        Assert.True(expected.ToArray().AsSpan().SequenceEqual(taken.ToArray()));
    }

    [Fact]
    public void Nothing_is_taken_beyond_a_cut_and_all_of_it_behind()
    {
        Random random = new(TestSeed.Choose());
        using StoreFixture fixture = new();
        LogBuffer buffer = new(new PositionTable(), 0);
        for (int round = 0; round < 50; round++)
        {
            MemoryStream before = new();
            MemoryStream after = new();
            for (int i = random.Next(20); i > 0; i--)
            {
                Append(buffer, fixture, random, before);
            }

            long begin = buffer.Begin;
            long cut = buffer.Cut(afresh: false);
            Assert.Equal(begin + before.Length, cut);
            for (int i = random.Next(20); i > 0; i--)
            {
                Append(buffer, fixture, random, after, isFirst: after.Length == 0);
            }

            MemoryStream taken = new();
            while (TakeOnce(buffer, taken, cut))
            {
            }

            Assert.True(before.ToArray().AsSpan().SequenceEqual(taken.ToArray()));
            taken.SetLength(0);
            while (TakeOnce(buffer, taken))
            {
            }

            Assert.True(after.ToArray().AsSpan().SequenceEqual(taken.ToArray()));
            _ = buffer.Cut(afresh: true);
        }
    }

    [Fact]
    public void A_record_that_ends_with_its_value_is_taken_before_a_cut()
    {
        using StoreFixture fixture = new();
        LogBuffer buffer = new(new PositionTable(), 0);
        byte[] head = new byte[10];
        AppendBytes(buffer, head, 0, fixture.Access.Memory.AllocateLarge(1000), head.Length);
        long cut = buffer.Cut(afresh: false);
        MemoryStream taken = new();
        while (TakeOnce(buffer, taken, cut))
        {
        }

        Assert.Equal(cut, taken.Length);
    }

    [Fact]
    public void What_is_of_no_use_moves_the_position_and_is_not_kept()
    {
        Random random = new(TestSeed.Choose());
        using StoreFixture fixture = new();
        LogBuffer buffer = new(new PositionTable(), 0);
        MemoryStream before = new();
        Append(buffer, fixture, random, before);
        buffer.Discard();
        MemoryStream dropped = new();
        for (int i = 0; i < 1000; i++)
        {
            Append(buffer, fixture, random, dropped);
        }

        Assert.True(buffer.HasLost);
        Assert.Equal(before.Length + dropped.Length, buffer.End);
        MemoryStream taken = new();
        while (TakeOnce(buffer, taken))
        {
        }

        Assert.True(before.ToArray().AsSpan().SequenceEqual(taken.ToArray()));
        _ = buffer.Cut(afresh: true);
        Assert.False(buffer.HasLost);
        Assert.Equal(buffer.End, buffer.Begin);
        taken.SetLength(0);
        MemoryStream after = new();
        Append(buffer, fixture, random, after);
        while (TakeOnce(buffer, taken))
        {
        }

        // Behind a SELECT.
        Assert.True(after.Length > 0);
        Assert.True(taken.ToArray().AsSpan().EndsWith(after.ToArray()));
    }

    [Fact]
    public void Records_of_several_threads_stay_whole_and_in_each_threads_order()
    {
        const int threads = 4;
        LogBuffer buffer = new(new PositionTable(), 0);
        Task[] writers = [.. Enumerable.Range(0, threads).Select(number => NodeUnderTest.Aside(() =>
        {
            for (int i = 0; i < Appends; i++)
            {
                byte[] record = new byte[8];
                BitConverter.TryWriteBytes(record, number);
                BitConverter.TryWriteBytes(record.AsSpan(4), i);
                AppendBytes(buffer, record, 0);
            }
        }))];
        MemoryStream taken = new();
        const int select = 23;
        while (taken.Length < select + (threads * Appends * 8))
        {
            _ = TakeOnce(buffer, taken);
            Assert.DoesNotContain(writers, static writer => writer.IsFaulted);
        }

        int[] next = new int[threads];
        ReadOnlySpan<byte> bytes = taken.ToArray().AsSpan(select);
        for (; bytes.Length > 0; bytes = bytes[8..])
        {
            Assert.Equal(next[BitConverter.ToInt32(bytes)]++, BitConverter.ToInt32(bytes[4..]));
        }
    }

    // A small record, a large one whose memory is taken, or one around a pinned value.
    private static void Append(
        LogBuffer buffer, StoreFixture fixture, Random random, MemoryStream expected, bool isFirst = false, bool isLarge = false)
    {
        if (expected.Length == 0 && (isFirst || buffer.Begin == buffer.End))
        {
            expected.Write("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"u8);
        }

        byte[] bytes = new byte[random.Next(10) == 0 ? random.Next(32 * 1024, 100_000) : random.Next(1, 500)];
        random.NextBytes(bytes);
        if (!isLarge && random.Next(10) != 0)
        {
            expected.Write(bytes);
            AppendBytes(buffer, bytes, 0);
            return;
        }

        byte[] value = new byte[random.Next(1, 300_000)];
        random.NextBytes(value);
        bytes = bytes[..Math.Min(bytes.Length, 1000)];
        int head = random.Next(1, bytes.Length + 1);
        expected.Write(bytes.AsSpan(0, head));
        expected.Write(value);
        expected.Write(bytes.AsSpan(head));
        LargeValue* block = fixture.Access.Memory.AllocateLarge(value.Length);
        value.CopyTo(block->Span);
        AppendBytes(buffer, bytes, 0, block, head);
    }

    private static void AppendBytes(LogBuffer buffer, byte[] bytes, int database, LargeValue* value = null, int head = 0)
    {
        byte* memory = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        RecordBlock record = new()
        {
            Memory = memory,
            Data = memory,
            Length = bytes.Length,
            FirstDatabase = database,
            LastDatabase = database,
            Value = value,
            HeadLength = head,
        };
        _ = buffer.Append(&record);
        if (!record.IsTaken)
        {
            NativeMemory.Free(memory);
        }
    }

    private static bool TakeOnce(LogBuffer buffer, MemoryStream taken, long until = -1)
    {
        IoVector* vectors = stackalloc IoVector[LogBuffer.MostVectors];
        int count = buffer.Take(vectors, until, out long bytes);
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            taken.Write(new ReadOnlySpan<byte>(vectors[i].Base, (int)vectors[i].Length));
            sum += (long)vectors[i].Length;
        }

        Assert.Equal(sum, bytes);
        buffer.Release(bytes);
        return count > 0;
    }
}
