using System;
using System.Collections.Generic;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>A snapshot of the store: what it saves, when, and what aborts it.</summary>
public sealed unsafe class StoreSnapshotTests
{
    private const long Now = 1_700_000_000_000;

    [Fact]
    public void Every_chain_is_saved_as_it_was_before_its_first_change()
    {
        using StoreFixture fixture = new(partitions: 1);
        Fill(fixture, 500, "value");
        (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
        fixture.Set(Key(1), Key(2));
        Assert.Equal(1, collector.Early[0]);
        fixture.Set(Key(1), Key(3));
        Assert.True(fixture.SetExpiry(Key(1), Now + 1000));
        Assert.Equal(1, collector.Early[0]);

        // Deleting joins chains, inserting splits them: both are saved first.
        for (int i = 0; i < 500; i++)
        {
            Assert.True(fixture.Delete(Key(i)));
        }

        Assert.Equal(500, collector.Count);
        Fill(fixture, 2000, "another");
        Finish(fixture, snapshot, SnapshotProgress.Saved);
        Assert.Equal(0, collector.Walked[0]);
        SnapshotCollector.AssertSame(expected, collector.Take());
    }

    [Fact]
    public void Without_changes_the_walker_saves_all_of_it_with_many_short_holds()
    {
        using StoreFixture fixture = new(partitions: 2);
        for (int i = 0; i < 100; i++)
        {
            fixture.Set(Key(i), new byte[18_000]);
        }

        (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
        Assert.Equal(0, snapshot.LongestHold);
        Assert.Equal(SnapshotProgress.More, snapshot.SaveSome(fixture.Access, 1));
        Assert.Equal(1, collector.Walked[0] + collector.Walked[1]);
        int before = collector.Count;

        // One hold for 64 KB; one chain more at the most.
        Assert.Equal(SnapshotProgress.More, snapshot.SaveSome(fixture.Access, 64 * 1024));
        Assert.InRange(collector.Count - before, 1, (64 * 1024 / 18_000) + 25);
        Assert.True(snapshot.LongestHold > 0);
        Finish(fixture, snapshot, SnapshotProgress.Saved);
        SnapshotCollector.AssertSame(expected, collector.Take());
    }

    [Fact]
    public void Long_chains_are_saved_whole()
    {
        using StoreFixture fixture = new(partitions: 1);
        List<byte[]> colliding = [];
        for (int number = 0; colliding.Count < 300; number++)
        {
            byte[] key = BitConverter.GetBytes(number);
            if ((fixture.Hash(key) & 0xFFF) == 5)
            {
                colliding.Add(key);
                fixture.Set(key, new byte[number % 3 == 0 ? 30_000 : 10]);
            }
        }

        for (int round = 0; round < 4; round++)
        {
            (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
            if (round % 2 == 0)
            {
                Assert.Equal(SnapshotProgress.More, snapshot.SaveSome(fixture.Access, 1));
            }

            for (int i = round; i < colliding.Count; i += 2)
            {
                Assert.True(fixture.Delete(colliding[i]));
                fixture.Set(colliding[i], [(byte)round]);
            }

            Fill(fixture, round * 1000, "other");
            Finish(fixture, snapshot, SnapshotProgress.Saved);
            SnapshotCollector.AssertSame(expected, collector.Take());
        }
    }

    [Fact]
    public void A_large_value_that_is_edited_or_replaced_stays_as_it_was_for_the_snapshot()
    {
        using StoreFixture fixture = new(partitions: 1);
        for (int i = 0; i < 4; i++)
        {
            fixture.Set(Key(i), new byte[200_000]);
        }

        (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);

        // The snapshot takes a reference, so the edit needs a copy, for which this thread has no time.
        byte[] key = Key(0);
        fixed (byte* bytes = key)
        {
            Assert.False(fixture.Access.Editor.TryLock(bytes, key.Length, fixture.Hash(key), mayCopy: false, out _));
        }

        Assert.Equal(StoreResult.Ok, fixture.Resize(Key(0), 200_001, 1));
        fixture.Set(Key(1), [1]);
        Assert.True(fixture.SetExpiry(Key(2), Now + 1000));
        fixture.Set(Key(2), new byte[300_000]);
        Assert.True(fixture.Delete(Key(3)));
        for (int i = 0; i < 8; i++)
        {
            byte[] other = new byte[200_000];
            Array.Fill(other, (byte)7);
            fixture.Set(Key(10 + i), other);
        }

        Finish(fixture, snapshot, SnapshotProgress.Saved);
        SnapshotCollector.AssertSame(expected, collector.Take());
    }

    [Fact]
    public void A_database_first_used_meanwhile_is_not_in_the_snapshot_and_is_in_the_next()
    {
        using StoreFixture fixture = new();
        Fill(fixture, 100, "value");
        for (int round = 0; round < 5; round++)
        {
            (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
            Assert.True(fixture.Access.TrySelect(1 + round));
            Fill(fixture, 500, "value");
            fixture.Access.SelectFirst();
            Finish(fixture, snapshot, SnapshotProgress.Saved);
            Assert.Equal(100 + (500 * round), expected.Count);
            SnapshotCollector.AssertSame(expected, collector.Take());
        }
    }

    [Fact]
    public void Keys_of_swapped_databases_are_saved_where_they_were()
    {
        using StoreFixture fixture = new(partitions: 4);
        Fill(fixture, 300, "zero");
        Assert.True(fixture.Access.TrySelect(3));
        Fill(fixture, 200, "three");
        fixture.Access.SelectFirst();
        (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
        for (int i = 0; snapshot.SaveSome(fixture.Access, 300) == SnapshotProgress.More; i++)
        {
            Assert.True(fixture.Access.TrySwap(i % 3, 3 + (i % 2), default));
            Fill(fixture, 20, "later");
        }

        snapshot.End();
        SnapshotCollector.AssertSame(expected, collector.Take());
    }

    [Fact]
    public void A_flush_of_what_is_not_saved_aborts_the_snapshot_and_the_next_one_is_right()
    {
        using StoreFixture fixture = new();
        foreach (int database in (int[])[0, 1, -1, 0, 0, 1, -1])
        {
            for (int filled = 0; filled < 3; filled++)
            {
                Assert.True(fixture.Access.TrySelect(filled));
                Fill(fixture, 400, "value");
            }

            fixture.Access.SelectFirst();
            (StoreSnapshot aborted, SnapshotCollector collector, _) = Begin(fixture);
            Assert.Equal(SnapshotProgress.More, aborted.SaveSome(fixture.Access, 3000));
            fixture.Set(Key(7), Key(1));
            Assert.True(fixture.Access.TryFlush(database, default));
            Assert.True(aborted.IsAborted);
            int saved = collector.Count;
            fixture.Set(Key(8), Key(2));
            Finish(fixture, aborted, SnapshotProgress.Aborted);
            Assert.Equal(saved, collector.Take().Count);

            (StoreSnapshot snapshot, collector, Dictionary<string, string> expected) = Begin(fixture);
            fixture.Set(Key(9), Key(1));
            Finish(fixture, snapshot, SnapshotProgress.Saved);
            SnapshotCollector.AssertSame(expected, collector.Take());
        }
    }

    [Fact]
    public void A_flush_of_what_is_saved_or_empty_does_not_abort_it()
    {
        using StoreFixture fixture = new();
        Fill(fixture, 300, "value");
        Assert.True(fixture.Access.TrySelect(4));
        fixture.Access.SelectFirst();
        (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
        Assert.True(fixture.Access.TryFlush(4, default));
        while (snapshot.SaveSome(fixture.Access, 1000) == SnapshotProgress.More)
        {
        }

        Assert.True(fixture.Access.TryFlush(-1, default));
        Fill(fixture, 50, "later");
        Finish(fixture, snapshot, SnapshotProgress.Saved);
        SnapshotCollector.AssertSame(expected, collector.Take());
    }

    [Fact]
    public void Many_aborted_snapshots_in_a_row_leave_every_chain_ready_for_the_next()
    {
        using StoreFixture fixture = new(partitions: 2);
        Fill(fixture, 1000, "value");
        for (int round = 0; round < 9; round++)
        {
            (StoreSnapshot aborted, SnapshotCollector part, _) = Begin(fixture);
            _ = aborted.SaveSome(fixture.Access, 1000 * round);
            fixture.Set(Key(round), Key(1));
            if (round % 2 == 0)
            {
                part.ToAbort = aborted;
                fixture.Set(Key(500 + round), Key(1));
            }

            aborted.Abort();
            Fill(fixture, 1500 - (100 * round), "other");
            Finish(fixture, aborted, SnapshotProgress.Aborted);
            Assert.True(part.Take().Count < 1000);
        }

        (StoreSnapshot snapshot, SnapshotCollector collector, Dictionary<string, string> expected) = Begin(fixture);
        Finish(fixture, snapshot, SnapshotProgress.Saved);
        SnapshotCollector.AssertSame(expected, collector.Take());
    }

    [Fact]
    public void The_calls_have_an_order()
    {
        using StoreFixture fixture = new();
        StoreSnapshot snapshot = new(fixture.Store);
        SnapshotCollector collector = new();
        Assert.Throws<InvalidOperationException>(() => snapshot.SaveSome(fixture.Access, 1));
        Assert.Throws<InvalidOperationException>(snapshot.End);
        Assert.Throws<InvalidOperationException>(() => snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        snapshot.Abort();
        Assert.False(snapshot.IsAborted);
        Fill(fixture, 100, "value");
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        Assert.True(snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        Assert.False(new StoreSnapshot(fixture.Store).TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        Assert.Throws<InvalidOperationException>(snapshot.End);

        // SAVE inside a transaction: everything stays locked.
        Finish(fixture, snapshot, SnapshotProgress.Saved);
        fixture.Access.UnlockAll();
        Assert.Equal(100, collector.Take().Count);
    }

    private static byte[] Key(int number) => StoreFixture.Bytes("key" + number);

    private static void Fill(StoreFixture fixture, int count, string value)
    {
        for (int i = 0; i < count; i++)
        {
            fixture.Set(Key(i), StoreFixture.Bytes(value + i), i % 3 == 0 ? Now + 100_000 : 0);
        }
    }

    private static (StoreSnapshot Snapshot, SnapshotCollector Collector, Dictionary<string, string> Expected) Begin(StoreFixture fixture)
    {
        StoreSnapshot snapshot = new(fixture.Store);
        SnapshotCollector collector = new();
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        Dictionary<string, string> expected = SnapshotCollector.KeysOf(fixture.Store);
        Assert.True(snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        fixture.Access.UnlockAll();
        return (snapshot, collector, expected);
    }

    private static void Finish(StoreFixture fixture, StoreSnapshot snapshot, SnapshotProgress expected)
    {
        SnapshotProgress progress;
        do
        {
            progress = snapshot.SaveSome(fixture.Access, 2000);
        }
        while (progress == SnapshotProgress.More);

        Assert.Equal(expected, progress);
        snapshot.End();
        Assert.True(SnapshotCollector.IsLevel(fixture.Store));
    }
}
