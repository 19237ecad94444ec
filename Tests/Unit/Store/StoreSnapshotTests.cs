using System;
using System.Collections.Generic;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>A snapshot of the store: what it saves, when, and what aborts it.</summary>
public sealed unsafe class StoreSnapshotTests
{
    [Fact]
    public void Every_chain_is_saved_as_it_was_before_its_first_change()
    {
        using StoreFixture fixture = new(partitions: 1);
        SnapshotRun.Fill(fixture, 500, "value");
        SnapshotRun run = new(fixture);
        fixture.Set(SnapshotRun.Key(1), SnapshotRun.Key(2));
        Assert.Equal(1, run.Collector.Early[0]);
        fixture.Set(SnapshotRun.Key(1), SnapshotRun.Key(3));
        Assert.True(fixture.SetExpiry(SnapshotRun.Key(1), SnapshotRun.Now + 1000));
        Assert.Equal(1, run.Collector.Early[0]);

        // Deleting joins chains, inserting splits them: both are saved first.
        for (int i = 0; i < 500; i++)
        {
            Assert.True(fixture.Delete(SnapshotRun.Key(i)));
        }

        Assert.Equal(500, run.Collector.Count);
        SnapshotRun.Fill(fixture, 2000, "another");
        run.FinishSaved();
        Assert.Equal(0, run.Collector.Walked[0]);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(0, 300_000)]
    [InlineData(60_000, 10)]
    [InlineData(60_000, 300_000)]
    public void Every_kind_of_change_of_any_kind_of_entry_is_seen_first(int keyLength, int valueLength)
    {
        Action<StoreFixture, byte[]>[] changes =
        [
            (fixture, key) => fixture.Set(key, new byte[valueLength]),
            (fixture, key) => fixture.Set(key, new byte[valueLength + 1]),
            (fixture, key) => fixture.Set(key, new byte[200]),
            (fixture, key) => fixture.Set(key, new byte[200_000], SnapshotRun.Now + 50),
            (fixture, key) => fixture.Resize(key, valueLength, 1),
            (fixture, key) => fixture.Resize(key, valueLength + 1, 1),
            (fixture, key) => fixture.Resize(key, valueLength - 1, 1),
            (fixture, key) => fixture.Resize(key, 400_000, 1),
            (fixture, key) => fixture.Resize(key, 20, 1),
            (fixture, key) => Flip(fixture, key),
            (fixture, key) => fixture.SetExpiry(key, 0),
            (fixture, key) => fixture.SetExpiry(key, SnapshotRun.Now + 7),
            (fixture, key) => fixture.Delete(key),
            (fixture, key) =>
            {
                fixture.Access.Now = SnapshotRun.Now + 2000;
                _ = fixture.Get(key);
            },
            (fixture, key) =>
            {
                fixture.Access.Now = SnapshotRun.Now + 2000;
                while (!fixture.Sweep.Step(fixture.Access, 1000).PassEnded)
                {
                }
            },
            (fixture, key) =>
            {
                fixture.Store.Policy = EvictionPolicy.AllKeysRandom;
                fixture.Store.MaxMemory = 1;
                _ = fixture.Access.Memory.EvictStep(1000);
                Assert.Equal(1, fixture.Store.Counters.Evicted);
            },
        ];
        for (int i = 0; i < changes.Length * 2; i++)
        {
            using StoreFixture fixture = new(partitions: 1);
            byte[] key = new byte[Math.Max(3, keyLength)];
            byte[] value = new byte[valueLength];
            Array.Fill(value, (byte)3);
            fixture.Set(key, value, i % 2 == 0 ? 0 : SnapshotRun.Now + 1000);
            SnapshotRun run = new(fixture);
            changes[i / 2](fixture, key);
            changes[i / 2](fixture, key);
            run.FinishSaved();
        }
    }

    [Fact]
    public void Without_changes_the_walker_saves_all_of_it_with_many_short_holds()
    {
        using StoreFixture fixture = new(partitions: 2);
        for (int i = 0; i < 100; i++)
        {
            fixture.Set(SnapshotRun.Key(i), new byte[18_000]);
        }

        SnapshotRun run = new(fixture);
        Assert.Equal(0, run.Snapshot.LongestHold);
        Assert.Equal(SnapshotProgress.More, run.SaveSome(1));
        Assert.Equal(1, run.Collector.Walked[0] + run.Collector.Walked[1]);
        int before = run.Collector.Count;

        // One hold for 64 KB; one chain more at the most.
        Assert.Equal(SnapshotProgress.More, run.SaveSome(64 * 1024));
        Assert.InRange(run.Collector.Count - before, 1, (64 * 1024 / 18_000) + 25);
        Assert.True(run.Snapshot.LongestHold > 0);
        run.FinishSaved();
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
            SnapshotRun run = new(fixture);
            if (round % 2 == 0)
            {
                Assert.Equal(SnapshotProgress.More, run.SaveSome(1));
            }

            for (int i = round; i < colliding.Count; i += 2)
            {
                Assert.True(fixture.Delete(colliding[i]));
                fixture.Set(colliding[i], [(byte)round]);
            }

            SnapshotRun.Fill(fixture, round * 1000, "other");
            run.FinishSaved();
        }
    }

    [Fact]
    public void A_large_value_that_is_edited_or_replaced_stays_as_it_was_for_the_snapshot()
    {
        using StoreFixture fixture = new(partitions: 1);
        for (int i = 0; i < 4; i++)
        {
            fixture.Set(SnapshotRun.Key(i), new byte[200_000]);
        }

        SnapshotRun run = new(fixture);

        // The snapshot takes a reference, so the edit needs a copy, for which this thread has no time.
        byte[] key = SnapshotRun.Key(0);
        fixed (byte* bytes = key)
        {
            Assert.False(fixture.Access.Editor.TryLock(bytes, key.Length, fixture.Hash(key), mayCopy: false, out _));
        }

        Assert.Equal(StoreResult.Ok, fixture.Resize(SnapshotRun.Key(0), 200_001, 1));
        fixture.Set(SnapshotRun.Key(1), [1]);
        Assert.True(fixture.SetExpiry(SnapshotRun.Key(2), SnapshotRun.Now + 1000));
        fixture.Set(SnapshotRun.Key(2), new byte[300_000]);
        Assert.True(fixture.Delete(SnapshotRun.Key(3)));
        for (int i = 0; i < 8; i++)
        {
            byte[] other = new byte[200_000];
            Array.Fill(other, (byte)7);
            fixture.Set(SnapshotRun.Key(10 + i), other);
        }

        run.FinishSaved();
    }

    [Fact]
    public void A_database_first_used_meanwhile_is_not_in_the_snapshot_and_is_in_the_next()
    {
        using StoreFixture fixture = new();
        SnapshotRun.Fill(fixture, 100, "value");
        for (int round = 0; round < 5; round++)
        {
            SnapshotRun run = new(fixture);
            Assert.True(fixture.Access.TrySelect(1 + round));
            SnapshotRun.Fill(fixture, 500, "value");
            fixture.Access.SelectFirst();
            run.FinishSaved();
            Assert.Equal(100 + (500 * round), run.Expected.Count);
        }
    }

    [Fact]
    public void Keys_of_swapped_databases_are_saved_where_they_were()
    {
        using StoreFixture fixture = new(partitions: 4);
        SnapshotRun.Fill(fixture, 300, "zero");
        Assert.True(fixture.Access.TrySelect(3));
        SnapshotRun.Fill(fixture, 200, "three");
        fixture.Access.SelectFirst();
        SnapshotRun run = new(fixture);
        for (int i = 0; run.SaveSome(300) == SnapshotProgress.More; i++)
        {
            Assert.True(fixture.Access.TrySwap(i % 3, 3 + (i % 2), default));
            SnapshotRun.Fill(fixture, 20, "later");
        }

        run.FinishSaved();
    }

    // Changes bytes where they are, as SETBIT does.
    private static void Flip(StoreFixture fixture, byte[] key)
    {
        fixed (byte* bytes = key)
        {
            ulong hash = fixture.Hash(key);
            Assert.True(fixture.Access.Editor.TryLock(bytes, key.Length, hash, mayCopy: true, out Entry* entry));
            byte* data = fixture.Access.Editor.Begin(bytes, key.Length, hash, entry, entry->ValueLength);
            data[0] ^= 0xFF;
            data[entry->ValueLength - 1] ^= 0xFF;
            fixture.Access.Editor.Commit(0, entry->ValueLength, default);
            fixture.Access.Unlock();
        }
    }
}
