using System;
using System.Collections.Generic;
using System.Linq;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>What goes when memory is short, and that it is really short.</summary>
public sealed class StoreEvictionTests(ITestOutputHelper output)
{
    [Fact]
    public void Without_eviction_writes_are_refused_and_nothing_is_lost()
    {
        using StoreFixture fixture = new(maxMemory: 2 << 20);
        int stored = 0;
        while (fixture.Set(StoreFixture.Bytes($"key:{stored}"), new byte[500]) == StoreResult.Ok)
        {
            stored++;
        }

        Assert.InRange(stored, 2000, 4200);
        for (int number = 0; number < stored; number++)
        {
            Assert.Equal(500, fixture.Get(StoreFixture.Bytes($"key:{number}"))?.Length);
        }

        Assert.Equal(StoreResult.OutOfMemory, fixture.Set(StoreFixture.Bytes("large"), new byte[4 << 20]));
        Assert.InRange(fixture.Store.UsedMemory, 0, 2 << 20);
        Assert.Equal(0, fixture.Store.Counters.Evicted);
    }

    [Theory]
    [InlineData(EvictionPolicy.AllKeysLru)]
    [InlineData(EvictionPolicy.AllKeysLfu)]
    [InlineData(EvictionPolicy.AllKeysRandom)]
    [Trait("Speed", "Slow")]
    public void Any_key_may_go(EvictionPolicy policy)
    {
        using StoreFixture fixture = new(maxMemory: 4 << 20, policy: policy);
        for (int number = 0; number < 50_000; number++)
        {
            Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes($"key:{number}"), new byte[number % 1000]));
        }

        Assert.True(fixture.Store.Counters.Evicted > 30_000);
        Assert.InRange(fixture.Store.UsedMemory, 2 << 20, (4 << 20) + (64 << 10));
    }

    [Theory]
    [InlineData(EvictionPolicy.VolatileLru)]
    [InlineData(EvictionPolicy.VolatileLfu)]
    [InlineData(EvictionPolicy.VolatileRandom)]
    [InlineData(EvictionPolicy.VolatileTtl)]
    [Trait("Speed", "Slow")]
    public void Volatile_policies_spare_keys_without_a_time(EvictionPolicy policy)
    {
        using StoreFixture fixture = new(maxMemory: 8 << 20, policy: policy);
        for (int number = 0; number < 5000; number++)
        {
            fixture.Set(StoreFixture.Bytes($"stay:{number}"), new byte[100]);
        }

        for (int number = 0; number < 40_000; number++)
        {
            long expiry = fixture.Access.Now + 1_000_000 + (number * 10L);
            Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes($"key:{number}"), new byte[500], expiry));
        }

        Assert.Equal(5000, Enumerable.Range(0, 5000).Count(number => fixture.Get(StoreFixture.Bytes($"stay:{number}")) != null));
        if (policy == EvictionPolicy.VolatileTtl)
        {
            // The soonest go first, so the last written, with the latest times, stay.
            int late = Enumerable.Range(39_000, 1000).Count(number => fixture.Get(StoreFixture.Bytes($"key:{number}")) != null);
            Assert.InRange(late, 950, 1000);
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Sampled_lru_hits_nearly_as_often_as_exact_lru()
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        const int keys = 60_000;
        double[] cumulated = Zipf(keys, 0.99);
        using StoreFixture fixture = new(maxMemory: 3 << 20, policy: EvictionPolicy.AllKeysLru, seed: (ulong)seed);
        byte[] value = new byte[100];
        List<int> trace = [];
        int hits = 0;
        int asked = 0;
        for (int access = 0; access < 400_000; access++)
        {
            fixture.Access.Now += 10;
            int key = Draw(cumulated, random);
            trace.Add(key);
            byte[] name = BitConverter.GetBytes((ulong)key * 0x9E3779B97F4A7C15UL);
            bool hit = fixture.Get(name) != null;
            if (access >= 200_000)
            {
                asked++;
                hits += hit ? 1 : 0;
            }

            if (!hit)
            {
                fixture.Set(name, value);
            }
        }

        int resident = (int)fixture.Store.Counters.Keys;
        double exact = ExactLru(trace, resident, 200_000);
        double ours = (double)hits / asked;
        output.WriteLine($"resident {resident}, exact {exact:P2}, ours {ours:P2}");
        Assert.True(ours > exact - 0.01, $"exact {exact:P2}, ours {ours:P2}");
    }

    // Resident memory is measured on the published program (ResidentMemoryTests): in this process others' memory would count too.
    [Fact]
    [Trait("Speed", "Slow")]
    public void The_memory_taken_stays_near_the_maximum_for_random_sizes() => WriteRandomSizes(10, 15_000);

    [Fact]
    [Trait("Category", "Stress")]
    public void The_memory_taken_stays_near_the_maximum_for_many_random_sizes()
    {
        WriteRandomSizes(10, 100_000);
        WriteRandomSizes(64, 100_000);
    }

    private void WriteRandomSizes(int megabytes, int writes)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        byte[] value = new byte[16 << 10];
        using StoreFixture fixture = new(maxMemory: (long)megabytes << 20, policy: EvictionPolicy.AllKeysLru);
        byte[] key = new byte[8];
        byte[][] values = Enumerable.Range(0, 64).Select(_ => value.AsSpan(0, RandomSize(random)).ToArray()).ToArray();
        for (int write = 0; write < writes; write++)
        {
            BitConverter.TryWriteBytes(key, random.Next(10_000_000));
            Assert.Equal(StoreResult.Ok, fixture.Set(key, values[random.Next(64)]));
        }

        Assert.InRange(fixture.Store.UsedMemory, 0, (long)megabytes * 1_100_000);
        Assert.True(fixture.Store.Counters.Evicted > writes / 2);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_large_value_makes_room_in_other_partitions()
    {
        using StoreFixture fixture = new(maxMemory: 16 << 20, policy: EvictionPolicy.AllKeysLru);
        for (int number = 0; number < 30_000; number++)
        {
            fixture.Set(StoreFixture.Bytes($"key:{number}"), new byte[1000]);
        }

        Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes("large"), new byte[8 << 20]));
        Assert.Equal(8 << 20, fixture.Get(StoreFixture.Bytes("large"))?.Length);
        Assert.InRange(fixture.Store.UsedMemory, 8 << 20, 17 << 20);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_lowered_maximum_is_reached_step_by_step()
    {
        using StoreFixture fixture = new(policy: EvictionPolicy.AllKeysLru);
        for (int number = 0; number < 30_000; number++)
        {
            fixture.Set(StoreFixture.Bytes($"key:{number}"), new byte[1000]);
        }

        fixture.Store.MaxMemory = 10 << 20;
        Assert.Equal(100, fixture.Access.Memory.EvictStep(100));
        while (fixture.Access.Memory.EvictStep(1000) != 0)
        {
        }

        Assert.InRange(fixture.Store.UsedMemory, 5 << 20, 10 << 20);
    }

    [Fact]
    public void An_idle_time_of_whole_seconds_is_kept_whole()
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        for (int i = 0; i < 10_000; i++)
        {
            long now = 1_700_000_000_000 + random.NextInt64(1L << 32);
            long seconds = i < 1000 ? i : random.Next(2_000_000);
            Assert.Equal(seconds, AccessClock.IdleMilliseconds(AccessClock.WithIdle(seconds * 1000, now), now) / 1000);
        }
    }

    private static int RandomSize(Random random) => random.Next(16, (16 << 10) + 1);

    private static double[] Zipf(int count, double exponent)
    {
        double[] cumulated = new double[count];
        double sum = 0;
        for (int rank = 0; rank < count; rank++)
        {
            cumulated[rank] = sum += 1 / Math.Pow(rank + 1, exponent);
        }

        return cumulated.Select(value => value / sum).ToArray();
    }

    private static int Draw(double[] cumulated, Random random)
    {
        int found = Array.BinarySearch(cumulated, random.NextDouble());
        return Math.Min(found < 0 ? ~found : found, cumulated.Length - 1);
    }

    private static double ExactLru(List<int> trace, int capacity, int warm)
    {
        LinkedList<int> order = new();
        Dictionary<int, LinkedListNode<int>> resident = [];
        int hits = 0;
        for (int access = 0; access < trace.Count; access++)
        {
            if (resident.TryGetValue(trace[access], out LinkedListNode<int>? node))
            {
                order.Remove(node);
                order.AddFirst(node);
                hits += access >= warm ? 1 : 0;
                continue;
            }

            resident[trace[access]] = order.AddFirst(trace[access]);
            if (resident.Count > capacity)
            {
                resident.Remove(order.Last!.Value);
                order.RemoveLast();
            }
        }

        return (double)hits / (trace.Count - warm);
    }
}
