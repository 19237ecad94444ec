using System;
using System.Linq;
using System.Threading;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Several threads at once, no managed allocation, no pause.</summary>
public sealed unsafe class StoreConcurrencyTests(ITestOutputHelper output)
{
    private const int Keys = 2000;

    [Fact]
    [Trait("Speed", "Slow")]
    public void Threads_always_read_a_value_that_some_thread_wrote_whole() => Hammer(4, 1500, 0, EvictionPolicy.NoEviction);

    [Fact]
    [Trait("Speed", "Slow")]
    public void Threads_that_evict_from_each_other_never_wait_for_ever() => Hammer(4, 1500, 6 << 20, EvictionPolicy.AllKeysLru);

    [Fact]
    [Trait("Category", "Stress")]
    public void Threads_hammer_for_twenty_seconds() => Hammer(8, 20_000, 8 << 20, EvictionPolicy.AllKeysLfu);

    [Fact]
    public void A_pinned_value_stays_whole_while_its_key_changes()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        byte[] value = Enumerable.Range(0, 100_000).Select(index => (byte)(index * 7)).ToArray();
        fixture.Set(key, value);
        ulong hash = fixture.Hash(key);
        LargeValue* pinned;
        fixed (byte* bytes = key)
        {
            fixture.Access.Lock(hash);
            pinned = fixture.Access.Keys.LookupNoEffects(bytes, key.Length, hash)->PinValue();
            fixture.Access.Unlock();
        }

        fixture.Resize(key, 120_000, 9);
        Assert.True(pinned->Span.SequenceEqual(value));
        fixture.Set(key, new byte[50]);
        Assert.True(pinned->Span.SequenceEqual(value));
        fixture.Delete(key);
        Assert.True(pinned->Span.SequenceEqual(value));
        long used = fixture.Store.UsedMemory;
        LargeValue.Release(pinned);
        Assert.True(fixture.Store.UsedMemory <= used - 100_000);
    }

    [Fact]
    public void Appending_to_a_value_of_many_megabytes_keeps_its_bytes()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, []);
        int length = 0;
        for (int step = 1; step < 40; step++)
        {
            length += step * 20_000;
            Assert.Equal(StoreResult.Ok, fixture.Resize(key, length, (byte)step));
        }

        byte[] value = fixture.Get(key)!;
        int place = 0;
        for (int step = 1; step < 40; step++)
        {
            Assert.True(value.AsSpan(place, step * 20_000).IndexOfAnyExcept((byte)step) < 0);
            place += step * 20_000;
        }

        fixture.Delete(key);
        Assert.InRange(fixture.Store.UsedMemory, 0, 2 << 20);
    }

    [Fact]
    public void A_value_grown_over_its_mapping_is_zero_where_nobody_wrote()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, [1]);

        // Resize of the fixture checks that all new bytes are zero: also those behind a shortened value's stale ones.
        foreach (int length in (int[])[5 << 20, 1 << 20, 6 << 20, 20 << 20, 4 << 20, 21 << 20])
        {
            Assert.Equal(StoreResult.Ok, fixture.Resize(key, length, 0xAA));
        }

        Assert.Equal(21 << 20, fixture.Get(key)?.Length);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Nothing_is_allocated_on_the_managed_heap()
    {
        using StoreFixture fixture = new(maxMemory: 4 << 20, policy: EvictionPolicy.AllKeysLru);
        StoreAccess access = fixture.Access;
        byte* value = stackalloc byte[500];

        // What the runtime makes once (at the first use of a type, say) spoils a round; what the store allocates spoils every round.
        long allocated = 1;
        for (int round = 0; round < 5 && allocated != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Work(access, fixture.Sweep, value, 100_000);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
        Assert.True(fixture.Store.Counters.Evicted > 1000);
    }

    [Fact]
    public void An_insert_splits_at_most_one_bucket_so_that_none_waits_for_a_rehash()
    {
        using StoreFixture fixture = new();
        StoreAccess access = fixture.Access;
        byte* value = stackalloc byte[64];
        ulong most = 0;
        for (long number = 0; number < 100_000; number++)
        {
            ulong hash = access.Hash((byte*)&number, sizeof(long));
            Partition* partition = fixture.Store.Databases.At(0, fixture.Store.PartitionOf(hash));
            ulong before = partition->Buckets.Count;
            access.Lock(hash);
            access.Writer.Put((byte*)&number, sizeof(long), hash, value, 64, default);
            access.Unlock();
            most = Math.Max(most, partition->Buckets.Count - before);
        }

        Assert.Equal(1UL, most);
        Assert.True(fixture.Store.Databases.At(0, 0)->Buckets.Count > 500, "the table grew");
    }

    private static void Work(StoreAccess access, ExpirySweep sweep, byte* value, int rounds)
    {
        for (long round = 0; round < rounds; round++)
        {
            access.Now++;
            long number = round * 7919 % 20_000;
            ulong hash = access.Hash((byte*)&number, sizeof(long));
            access.Lock(hash);
            Entry* entry = access.Keys.LookupRead((byte*)&number, sizeof(long), hash);
            if (entry == null)
            {
                access.Writer.Put((byte*)&number, sizeof(long), hash, value, (int)(number % 500), default, access.Now + 10_000);
            }
            else if (round % 3 == 0)
            {
                access.Writer.Delete(entry, hash, default);
            }

            access.Unlock();
            if (round % 64 == 0)
            {
                sweep.Step(access, 100);
            }
        }
    }

    // Every value is one byte repeated, so a torn one shows; lengths go across all kinds of storage.
    private void Hammer(int threads, int milliseconds, long maxMemory, EvictionPolicy policy)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        using StoreFixture fixture = new(maxMemory: maxMemory, policy: policy, seed: (ulong)seed);
        string? failure = null;
        long operations = 0;
        long end = Environment.TickCount64 + milliseconds;
        Action[] all = [.. Enumerable.Range(0, threads).Select(index => (Action)(() =>
        {
            StoreAccess access = new(fixture.Store) { Now = fixture.Access.Now };
            Random random = new(seed + index);
            byte[] buffer = new byte[200_000];
            long done = 0;
            while (Environment.TickCount64 < end && Volatile.Read(ref failure) == null)
            {
                access.Now++;
                failure ??= Step(access, random, buffer);
                done++;
            }

            Interlocked.Add(ref operations, done);
        }))];
        Watchdog.Run((milliseconds + Patience.Milliseconds) / 1000, () => $"seed {seed}, {operations} operations", all);
        Assert.Null(failure);
        output.WriteLine($"{operations} operations, {fixture.Store.Counters.Keys} keys, {fixture.Store.Counters.Evicted} evicted, {fixture.Store.Counters.Expired} expired");
        Assert.True(fixture.Access.TryFlush(-1, default));
        Assert.Equal(0, fixture.Store.Counters.Keys);
        Assert.InRange(fixture.Store.UsedMemory, 0, 60 << 20);
    }

    private static string? Step(StoreAccess access, Random random, byte[] buffer)
    {
        long number = random.Next(Keys);
        byte* key = (byte*)&number;
        ulong hash = access.Hash(key, sizeof(long));
        int length = random.Next(50) switch { 0 => random.Next(200_000), < 10 => random.Next(20_000), _ => random.Next(300) };
        switch (random.Next(12))
        {
            case 0:
                return Many(access, random);
            case 1:
                new ExpirySweep().Step(access, 1000);
                return null;
            case 2:
                access.Lock(hash);
                access.Writer.Delete(key, sizeof(long), hash, default);
                access.Unlock();
                return null;
            case < 7:
                buffer.AsSpan(0, length).Fill((byte)random.Next(256));
                fixed (byte* value = buffer)
                {
                    access.Lock(hash);
                    access.Writer.Put(key, sizeof(long), hash, value, length, default, random.Next(3) == 0 ? access.Now + random.Next(1000)
                        + 1 : 0);
                    access.Unlock();
                }

                return null;
            default:
                return Read(access, key, hash);
        }
    }

    private static string? Read(StoreAccess access, byte* key, ulong hash)
    {
        LargeValue* pinned = null;
        string? failure = null;
        access.Lock(hash);
        Entry* entry = access.Keys.LookupRead(key, sizeof(long), hash);
        if (entry != null && entry->IsLarge)
        {
            pinned = entry->PinValue();
        }
        else if (entry != null && !IsWhole(entry->Value))
        {
            failure = "torn value";
        }

        access.Unlock();
        if (pinned != null)
        {
            failure = IsWhole(pinned->Span) ? null : "torn large value";
            LargeValue.Release(pinned);
        }

        return failure;
    }

    // Two keys always get the same value under both locks, so they may never be seen to differ under both.
    private static string? Many(StoreAccess access, Random random)
    {
        long first = Keys + random.Next(10);
        long second = first + 1000;
        ulong firstHash = access.Hash((byte*)&first, sizeof(long));
        ulong secondHash = access.Hash((byte*)&second, sizeof(long));
        access.LockAll([secondHash, firstHash]);
        access.Lock(firstHash);
        Entry* entry = access.Keys.LookupNoEffects((byte*)&first, sizeof(long), firstHash);
        long left = entry == null ? -1 : *(long*)entry->ValuePointer;
        access.Unlock();
        access.Lock(secondHash);
        entry = access.Keys.LookupNoEffects((byte*)&second, sizeof(long), secondHash);
        long right = entry == null ? -1 : *(long*)entry->ValuePointer;
        bool same = left == right || left == -1 || right == -1;
        long value = random.NextInt64();
        access.Writer.Put((byte*)&second, sizeof(long), secondHash, (byte*)&value, sizeof(long), default);
        access.Unlock();
        access.Lock(firstHash);
        access.Writer.Put((byte*)&first, sizeof(long), firstHash, (byte*)&value, sizeof(long), default);
        access.Unlock();
        access.UnlockAll();
        return same ? null : "two keys written together differ";
    }

    private static bool IsWhole(ReadOnlySpan<byte> value) => value.IsEmpty || value.IndexOfAnyExcept(value[0]) < 0;
}
