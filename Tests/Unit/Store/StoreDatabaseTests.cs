using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Databases are apart, are emptied and swapped at one point in time, and share memory, expiry and eviction.</summary>
public sealed unsafe class StoreDatabaseTests
{
    private static readonly byte[] _key = StoreFixture.Bytes("key");

    [Fact]
    public void The_same_key_has_a_value_of_its_own_in_each_database()
    {
        using StoreFixture fixture = new();
        for (int database = 0; database < 16; database++)
        {
            Assert.True(fixture.Access.TrySelect(database));
            Assert.Null(fixture.Get(_key));
            fixture.Set(_key, [(byte)database], database % 2 == 0 ? 0 : fixture.Access.Now + 1000);
        }

        for (int database = 0; database < 16; database++)
        {
            Assert.True(fixture.Access.TrySelect(database));
            Assert.Equal((byte)database, Assert.Single(fixture.Get(_key)!));
            Assert.Equal(1, fixture.Store.CountersOf(database).Keys);
            Assert.Equal(database % 2, fixture.Store.CountersOf(database).ExpiringKeys);
        }

        Assert.Equal(16, fixture.Store.Counters.Keys);
        Assert.Equal(8, fixture.Store.Counters.ExpiringKeys);
    }

    [Fact]
    public void A_flush_empties_one_database_or_all_and_gives_the_memory_back()
    {
        using StoreFixture fixture = new();
        for (int round = 0; round < 3; round++)
        {
            foreach (int database in (int[])[0, 3, 7])
            {
                _ = fixture.Access.TrySelect(database);
                Fill(fixture, 3000);
            }

            Assert.True(fixture.Access.TryFlush(3, default));
            Assert.Equal(0, fixture.Store.CountersOf(3).Keys);
            Assert.Equal(3002, fixture.Store.CountersOf(0).Keys);
            Assert.Equal(3002, fixture.Store.CountersOf(7).Keys);
            _ = fixture.Access.TrySelect(7);
            Assert.Equal(7, fixture.Get(StoreFixture.Bytes("key7"))![0]);
            Assert.True(fixture.Access.TryFlush(-1, default));
            Assert.Equal(0, fixture.Store.Counters.Keys);
            Assert.Equal(0, fixture.Store.UsedMemory);
            Assert.Null(fixture.Get(StoreFixture.Bytes("key7")));
        }
    }

    [Fact]
    public void A_swap_gives_two_databases_each_others_keys()
    {
        using StoreFixture fixture = new();
        fixture.Set(_key, [1]);
        Assert.True(fixture.Access.TrySwap(0, 5, default));
        Assert.Null(fixture.Get(_key));
        fixture.Set(StoreFixture.Bytes("other"), [2]);
        _ = fixture.Access.TrySelect(5);
        Assert.Equal(1, Assert.Single(fixture.Get(_key)!));
        Assert.Null(fixture.Get(StoreFixture.Bytes("other")));
        Assert.True(fixture.Access.TrySwap(5, 0, default));
        Assert.Equal(2, Assert.Single(fixture.Get(StoreFixture.Bytes("other"))!));
    }

    [Fact]
    public void A_watch_is_of_one_database_and_sees_flushes_and_swaps_of_a_key_that_is_there()
    {
        using StoreFixture fixture = new();
        int* dirty = (int*)NativeMemory.AllocZeroed(sizeof(int));
        _ = fixture.Access.TrySelect(2);
        fixture.Set(_key, [1]);
        Watch(fixture, dirty);
        fixture.Access.SelectFirst();
        fixture.Set(_key, [2]);
        Assert.False(IsDirty(fixture, dirty));
        _ = fixture.Access.TryFlush(0, default);
        Assert.False(IsDirty(fixture, dirty));
        _ = fixture.Access.TryFlush(2, default);
        AssertDirtyAndWatchAgain(fixture, dirty, 2);

        // It is not there: emptying changes nothing, a database that has it does.
        _ = fixture.Access.TryFlush(2, default);
        Assert.False(IsDirty(fixture, dirty));
        _ = fixture.Access.TrySwap(2, 9, default);
        Assert.False(IsDirty(fixture, dirty));
        _ = fixture.Access.TrySelect(9);
        fixture.Set(_key, [3]);
        _ = fixture.Access.TrySwap(9, 2, default);
        AssertDirtyAndWatchAgain(fixture, dirty, 2);
        KeyWatches.Remove(fixture.Access, dirty, fixture.Store.AllPartitions);
        NativeMemory.Free(dirty);
    }

    [Fact]
    public void Eviction_takes_what_was_used_longest_ago_in_any_database()
    {
        using StoreFixture fixture = new(maxMemory: 4 << 20, policy: EvictionPolicy.AllKeysLru);
        for (int i = 0; i < 2000; i++)
        {
            fixture.Set(StoreFixture.Bytes("old" + i), new byte[500]);
        }

        fixture.Access.Now += 60_000;
        _ = fixture.Access.TrySelect(1);
        for (int i = 0; i < 8000; i++)
        {
            fixture.Set(StoreFixture.Bytes("new" + i), new byte[500]);
        }

        Assert.True(fixture.Store.CountersOf(0).Keys < 100, fixture.Store.CountersOf(0).Keys + " of the old keys are left");
        Assert.True(fixture.Store.CountersOf(1).Keys > 4000, fixture.Store.CountersOf(1).Keys + " of the new keys are left");
    }

    [Theory]
    [InlineData(EvictionPolicy.AllKeysRandom)]
    [InlineData(EvictionPolicy.VolatileRandom)]
    [Trait("Speed", "Slow")]
    public void Eviction_by_chance_takes_from_all_databases(EvictionPolicy policy)
    {
        using StoreFixture fixture = new(maxMemory: 4 << 20, policy: policy);
        for (int i = 0; i < 10_000; i++)
        {
            _ = fixture.Access.TrySelect(i % 2 * 4);
            Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes("key" + i), new byte[1000], fixture.Access.Now + 1_000_000));
        }

        double share = fixture.Store.CountersOf(0).Keys / (double)fixture.Store.Counters.Keys;
        Assert.InRange(share, 0.3, 0.7);
    }

    [Fact]
    public void The_sweep_finds_expired_keys_in_every_database()
    {
        using StoreFixture fixture = new();
        foreach (int database in (int[])[0, 1, 15])
        {
            _ = fixture.Access.TrySelect(database);
            fixture.Set(_key, [1], fixture.Access.Now + 1);
        }

        fixture.Access.Now += 1;
        while (!fixture.Sweep.Step(fixture.Access, 1000).PassEnded)
        {
        }

        Assert.Equal(0, fixture.Store.Counters.Keys);
        Assert.Equal(3, fixture.Store.Counters.Expired);
        Assert.Equal(0, fixture.Access.Database);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_flush_or_swap_is_one_point_in_time_for_readers_and_writers_and_those_who_prefetch()
    {
        using StoreFixture fixture = new(partitions: 8);
        byte[][] keys = new byte[64][];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = StoreFixture.Bytes("key" + i);
        }

        bool over = false;
        int rounds = 0;
        List<Action> actions = [];
        for (int thread = 0; thread < 3; thread++)
        {
            bool writes = thread == 0;
            actions.Add(() =>
            {
                StoreAccess access = new(fixture.Store) { Now = 1_700_000_000_000 };
                for (int value = 1; !Volatile.Read(ref over); value++)
                {
                    access.LockPartitions(fixture.Store.AllPartitions);
                    _ = access.TrySelect(writes ? value % 3 : value % 2);
                    int seen = -2;
                    foreach (byte[] key in keys)
                    {
                        fixed (byte* bytes = key)
                        {
                            ulong hash = access.Hash(bytes, key.Length);
                            access.Prefetch(hash);
                            access.PrefetchRecords(hash);
                            access.Lock(hash);
                            Entry* entry = access.Keys.LookupNoEffects(bytes, key.Length, hash);
                            int now = entry == null ? -1 : *(int*)entry->ValuePointer;
                            Assert.True(seen == -2 || seen == now, "some keys are of before, some of after");
                            seen = now;
                            if (writes)
                            {
                                access.Writer.Put(bytes, key.Length, hash, (byte*)&value, sizeof(int), default);
                            }

                            access.Unlock();
                        }
                    }

                    access.UnlockAll();
                    Interlocked.Increment(ref rounds);
                }
            });
        }

        actions.Add(() =>
        {
            StoreAccess access = new(fixture.Store);
            for (int i = 0; i < 200; i++)
            {
                Assert.True(i % 3 == 0 ? access.TrySwap(0, 1 + (i % 2), default) : access.TryFlush(i % 3 == 1 ? -1 : 1, default));
                Thread.Sleep(i % 50 == 0 ? 1 : 0);
            }

            Volatile.Write(ref over, true);
        });
        Watchdog.Run(Patience.Milliseconds / 1000, () => rounds + " rounds", [.. actions]);
        Assert.True(fixture.Access.TryFlush(-1, default));
        Assert.Equal(0, fixture.Store.UsedMemory);
    }

    // A large value shared by two keys, a key longer than any record, and small ones.
    private static void Fill(StoreFixture fixture, int count)
    {
        for (int i = 0; i < count; i++)
        {
            fixture.Set(StoreFixture.Bytes("key" + i), BitConverter.GetBytes(i), i % 3 == 0 ? fixture.Access.Now + 1000 : 0);
        }

        fixture.Set(StoreFixture.Bytes("large"), new byte[100_000]);
        fixture.Set(new byte[50_000], new byte[70_000]);
    }

    private static void AssertDirtyAndWatchAgain(StoreFixture fixture, int* dirty, int database)
    {
        Assert.True(IsDirty(fixture, dirty));
        KeyWatches.Remove(fixture.Access, dirty, fixture.Store.AllPartitions);
        *dirty = 0;
        _ = fixture.Access.TrySelect(database);
        Watch(fixture, dirty);
        fixture.Access.SelectFirst();
    }

    private static void Watch(StoreFixture fixture, int* dirty)
    {
        fixed (byte* bytes = _key)
        {
            ulong hash = fixture.Access.Hash(bytes, _key.Length);
            fixture.Access.Lock(hash);
            KeyWatches.Add(fixture.Access, bytes, _key.Length, hash, dirty);
            fixture.Access.Unlock();
        }
    }

    private static bool IsDirty(StoreFixture fixture, int* dirty)
    {
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        bool isDirty = KeyWatches.IsDirty(fixture.Access, dirty, fixture.Store.AllPartitions);
        fixture.Access.UnlockAll();
        return isDirty;
    }
}
