using System;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>The memory maximum: that it holds at once when it is lowered, at any size, and that nearly all of it can be used.</summary>
public sealed class StoreLimitTests(ITestOutputHelper output)
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(EvictionPolicy.NoEviction)]
    [InlineData(EvictionPolicy.AllKeysLru)]
    public void A_maximum_set_on_an_almost_empty_store_leaves_room_for_writes(EvictionPolicy policy)
    {
        using StoreFixture fixture = new(policy: policy);
        for (int number = 0; number < 100; number++)
        {
            fixture.Set(Key(number), new byte[number]);
        }

        fixture.Store.MaxMemory = 3 * Megabyte;
        Assert.False(fixture.Store.IsOverMaximum);
        for (int number = 0; number < 1000; number++)
        {
            Assert.Equal(StoreResult.Ok, fixture.Set(Key(number), new byte[1000]));
        }

        Assert.Equal(0, fixture.Store.Counters.Evicted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(64)]
    [Trait("Speed", "Slow")]
    public void A_lowered_maximum_is_reached_and_not_undershot(int partitions)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFixture fixture = new(partitions, policy: EvictionPolicy.AllKeysLru);
        for (int number = 0; fixture.Store.UsedMemory < 16 * Megabyte; number++)
        {
            fixture.Set(Key(number), new byte[random.Next(2000)]);
        }

        fixture.Store.MaxMemory = 10 * Megabyte;
        while (fixture.Access.Memory.EvictStep(64) != 0)
        {
        }

        Assert.InRange(fixture.Store.UsedMemory, 19 * Megabyte / 2, 10 * Megabyte);
        Assert.False(fixture.Store.IsOverMaximum);
        Assert.Equal(StoreResult.Ok, fixture.Set(Key(-1), new byte[2000]));
    }

    [Theory]
    [InlineData(200 << 10, 16)]
    [InlineData(200 << 10, 2000)]
    [InlineData(500 << 10, 20_000)]
    [Trait("Speed", "Slow")]
    public void A_small_maximum_works(int maximum, int longest)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFixture fixture = new(maxMemory: maximum, policy: EvictionPolicy.AllKeysLru);
        for (int number = 0; number < 5000; number++)
        {
            byte[] value = new byte[random.Next(longest + 1)];
            Assert.Equal(StoreResult.Ok, fixture.Set(Key(number), value));
            Assert.Equal(value, fixture.Get(Key(number)));
        }

        // The index of each partition may pass it by two pages.
        Assert.InRange(fixture.Store.UsedMemory, maximum / 2, maximum + (fixture.Store.PartitionCount * 8192));
        Assert.True(fixture.Store.Counters.Keys > 4, $"{fixture.Store.Counters.Keys} keys");
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(0, 1000)]
    [InlineData(0, 40_000)]
    [Trait("Speed", "Slow")]
    public void Nearly_all_of_sixteen_megabytes_can_be_used(int shortest, int longest)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFixture fixture = new(maxMemory: 16 * Megabyte);
        int number = 0;
        while (fixture.Set(Key(number), new byte[random.Next(shortest, longest + 1)]) == StoreResult.Ok)
        {
            number++;
        }

        output.WriteLine($"{number} keys, {fixture.Store.UsedMemory} bytes");

        // The index of each partition may pass it by two pages, as above.
        Assert.InRange(fixture.Store.UsedMemory, 16 * Megabyte * 95L / 100, (16 * Megabyte) + (fixture.Store.PartitionCount * 8192));
    }

    [Fact]
    public void What_deleted_keys_left_in_one_place_can_be_used_in_all_others()
    {
        using StoreFixture fixture = new(maxMemory: 2 * Megabyte);
        int number = 0;
        while (fixture.Set(Key(number), new byte[number % 700]) == StoreResult.Ok)
        {
            number++;
        }

        for (int deleted = 0; deleted < number; deleted++)
        {
            fixture.Delete(Key(deleted));
        }

        int stored = 0;
        while (fixture.Set(Key(stored), new byte[5000]) == StoreResult.Ok)
        {
            stored++;
        }

        output.WriteLine($"{number} of up to 700 bytes, then {stored} of 5000");
        Assert.True(stored > 300, $"{stored} values of 5000 bytes in 2 MB");
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(300_000)]
    public void A_value_longer_than_the_maximum_evicts_nothing(int length)
    {
        using StoreFixture fixture = new(policy: EvictionPolicy.AllKeysLru);
        for (int number = 0; number < 10; number++)
        {
            fixture.Set(Key(number), new byte[10]);
        }

        fixture.Store.MaxMemory = length;
        Assert.Equal(StoreResult.OutOfMemory, fixture.Set(Key(-1), new byte[length + 5000]));
        Assert.Equal(0, fixture.Store.Counters.Evicted);
        Assert.Equal(10, fixture.Store.Counters.Keys);
    }

    [Fact]
    public void A_flushed_store_uses_nothing()
    {
        using StoreFixture fixture = new();
        for (int number = 0; number < 20_000; number++)
        {
            fixture.Set(Key(number), new byte[number % 100 == 0 ? number : number % 300]);
        }

        Assert.True(fixture.Access.TryFlush(-1, default));

        Assert.Equal(0, fixture.Store.UsedMemory);
    }

    private static byte[] Key(int number) => StoreFixture.Bytes($"key:{number}");
}
