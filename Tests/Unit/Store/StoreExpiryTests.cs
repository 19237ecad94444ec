using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Expiry, watches and key events.</summary>
public sealed unsafe class StoreExpiryTests
{
    private static int _expiredEvents;

    [Fact]
    public void A_key_is_there_until_its_millisecond_and_then_never()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, [1], fixture.Access.Now + 10);
        fixture.Access.Now += 9;
        Assert.NotNull(fixture.Get(key));
        fixture.Access.Now += 1;
        Assert.Null(fixture.Get(key));
        Assert.Equal(1, fixture.Store.Counters.Expired);
        Assert.Equal(0, fixture.Store.Counters.Keys);
        Assert.Equal(1, fixture.Store.Counters.Hits);
        Assert.Equal(1, fixture.Store.Counters.Misses);
    }

    [Fact]
    public void Setting_keeps_or_drops_the_time_as_asked()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        long time = fixture.Access.Now + 1000;
        fixture.Set(key, [1], time);
        fixture.Set(key, new byte[300], StoreAccess.KeepExpiry);
        Assert.Equal(time, fixture.ExpiryOf(key));
        fixture.Set(key, [2]);
        Assert.Equal(0, fixture.ExpiryOf(key));
        Assert.Equal(0, fixture.Store.Counters.ExpiringKeys);
    }

    [Fact]
    public void The_sweep_removes_expired_keys_that_nobody_asks_for()
    {
        using StoreFixture fixture = new();
        for (int number = 0; number < 20_000; number++)
        {
            long expiry = number % 4 == 0 ? 0 : fixture.Access.Now + (number % 4 * 1000);
            fixture.Set(StoreFixture.Bytes($"key:{number}"), new byte[100], expiry);
        }

        long before = fixture.Store.UsedMemory;
        fixture.Access.Now += 2000;
        Assert.Equal(10_000, Sweep(fixture));
        Assert.Equal(10_000, fixture.Store.Counters.Keys);
        Assert.Equal(5000, fixture.Store.Counters.ExpiringKeys);
        fixture.Access.Now += 2000;
        Assert.Equal(5000, Sweep(fixture));
        Assert.Equal(0, Sweep(fixture));
        Assert.Equal(0, fixture.Store.Counters.ExpiringKeys);
        Assert.True(fixture.Store.UsedMemory < before / 2, $"{before} before, {fixture.Store.UsedMemory} after");
    }

    [Fact]
    public void A_sweep_step_is_bounded()
    {
        using StoreFixture fixture = new();
        for (int number = 0; number < 20_000; number++)
        {
            fixture.Set(StoreFixture.Bytes($"key:{number}"), [1], fixture.Access.Now + 1);
        }

        fixture.Access.Now += 1;
        SweepResult result = fixture.Sweep.Step(fixture.Access, 1000);
        Assert.InRange(result.Removed, 1, 20);
        Assert.False(result.PassEnded);
    }

    [Fact]
    public void A_watch_is_raised_by_every_kind_of_change_and_by_nothing_else()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        byte[] other = StoreFixture.Bytes("other");
        int* dirty = (int*)NativeMemory.AllocZeroed(sizeof(int));
        fixture.Set(key, [1]);
        fixture.Set(other, [1]);
        Watch(fixture, key, dirty);
        fixture.Set(other, [2]);
        fixture.Get(key);
        Assert.False(IsDirty(fixture, key, dirty));

        fixture.Set(key, [2]);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.Set(key, new byte[1000]);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.Resize(key, 2000, 1);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.SetExpiry(key, fixture.Access.Now + 1000);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.SetExpiry(key, 0);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.Delete(key);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.Set(key, [3], fixture.Access.Now + 5);
        AssertRaisedAndWatchAgain(fixture, key, dirty);

        // Nobody looks the key up, but EXEC must see that its time has come.
        fixture.Access.Now += 5;
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.Set(key, [4]);
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        Assert.True(fixture.Access.TryFlush(-1, default));
        AssertRaisedAndWatchAgain(fixture, key, dirty);

        KeyWatches.Remove(fixture.Access, dirty, fixture.Store.AllPartitions);
        fixture.Set(key, [5]);
        Assert.False(IsDirty(fixture, key, dirty));
        NativeMemory.Free(dirty);
    }

    [Fact]
    public void Many_watches_of_other_keys_cost_a_write_nothing()
    {
        using StoreFixture fixture = new(partitions: 1);
        byte[] key = StoreFixture.Bytes("key");
        TimeSpan alone = TimeOfWrites(fixture, key);
        const int Owners = 100;
        const int Each = 500;
        int* flags = (int*)NativeMemory.AllocZeroed(Owners, sizeof(int));
        for (int owner = 0; owner < Owners; owner++)
        {
            for (int number = 0; number < Each; number++)
            {
                Watch(fixture, StoreFixture.Bytes(number % 2 == 0 ? "shared:" + number : "own:" + owner + ":" + number), flags + owner);
            }
        }

        // Gone through one by one they would cost some hundred times as much.
        TimeSpan watched = TimeOfWrites(fixture, key);
        Assert.True(watched < 20 * alone, $"{watched} against {alone}");

        // Every other one ends: what is raised is what is left.
        for (int owner = 0; owner < Owners; owner += 2)
        {
            KeyWatches.Remove(fixture.Access, flags + owner, fixture.Store.AllPartitions);
        }

        fixture.Set(StoreFixture.Bytes("shared:0"), [1]);
        fixture.Set(StoreFixture.Bytes("own:3:1"), [1]);
        fixture.Set(StoreFixture.Bytes("own:4:1"), [1]);
        for (int owner = 0; owner < Owners; owner++)
        {
            Assert.Equal(owner % 2, flags[owner]);
            KeyWatches.Remove(fixture.Access, flags + owner, fixture.Store.AllPartitions);
            flags[owner] = 0;
        }

        fixture.Set(StoreFixture.Bytes("shared:0"), [2]);
        Assert.Equal(0, flags[1]);
        NativeMemory.Free(flags);
    }

    [Fact]
    public void Key_events_tell_of_expired_keys()
    {
        using StoreFixture fixture = new();
        fixture.Store.Observers->Notifications = &Count;
        fixture.Store.Observe(ObserverKinds.Notifications, true);
        _expiredEvents = 0;
        fixture.Set(StoreFixture.Bytes("abc"), [1], fixture.Access.Now + 1);
        fixture.Access.Now += 1;
        Assert.Null(fixture.Get(StoreFixture.Bytes("abc")));
        Assert.Equal(3, _expiredEvents);
    }

    [Fact]
    public void A_watched_key_expires_for_its_watchers_although_clients_are_paused()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        int* dirty = (int*)NativeMemory.AllocZeroed(sizeof(int));

        // Its time passes while it is watched: it has changed.
        fixture.Set(key, [1], fixture.Access.Now + 1);
        Watch(fixture, key, dirty);
        fixture.Store.KeepsExpired = true;
        fixture.Access.Now += 1;
        AssertRaisedAndWatchAgain(fixture, key, dirty);
        fixture.Store.KeepsExpired = false;
        KeyWatches.Remove(fixture.Access, dirty, fixture.Store.AllPartitions);

        // It has passed before: the removal later is no change.
        fixture.Set(key, [1], fixture.Access.Now + 1);
        fixture.Access.Now += 1;
        fixture.Store.KeepsExpired = true;
        Watch(fixture, key, dirty);
        fixture.Store.KeepsExpired = false;
        Assert.Null(fixture.Get(key));
        Assert.False(IsDirty(fixture, key, dirty));
        NativeMemory.Free(dirty);
    }

    private static void Count(object? owner, Effect* effect) =>
        _expiredEvents += effect->Cause == EffectCause.Expired ? effect->KeyLength : 0;

    private static int Sweep(StoreFixture fixture)
    {
        int removed = 0;
        while (true)
        {
            SweepResult result = fixture.Sweep.Step(fixture.Access, 10_000);
            removed += result.Removed;
            if (result.PassEnded)
            {
                return removed;
            }
        }
    }

    private static TimeSpan TimeOfWrites(StoreFixture fixture, byte[] key)
    {
        // The best of several: what interrupts one does not count.
        TimeSpan best = TimeSpan.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            Stopwatch watch = Stopwatch.StartNew();
            for (int i = 0; i < 200; i++)
            {
                fixture.Set(key, [1]);
            }

            best = watch.Elapsed < best ? watch.Elapsed : best;
        }

        return best;
    }

    private static void Watch(StoreFixture fixture, byte[] key, int* dirty)
    {
        fixed (byte* bytes = key)
        {
            ulong hash = fixture.Hash(key);
            fixture.Access.Lock(hash);
            KeyWatches.Add(fixture.Access, bytes, key.Length, hash, dirty);
            fixture.Access.Unlock();
        }
    }

    private static bool IsDirty(StoreFixture fixture, byte[] key, int* dirty)
    {
        fixture.Access.LockAll([fixture.Hash(key)]);
        bool isDirty = KeyWatches.IsDirty(fixture.Access, dirty, 1UL << fixture.Store.PartitionOf(fixture.Hash(key)));
        fixture.Access.UnlockAll();
        return isDirty;
    }

    private static void AssertRaisedAndWatchAgain(StoreFixture fixture, byte[] key, int* dirty)
    {
        Assert.True(IsDirty(fixture, key, dirty));
        KeyWatches.Remove(fixture.Access, dirty, fixture.Store.AllPartitions);
        *dirty = 0;
        Watch(fixture, key, dirty);
        Assert.False(IsDirty(fixture, key, dirty));
    }
}
