using System;
using System.Collections.Generic;
using System.Linq;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Items and plain keys under random operations do what a dictionary does.</summary>
public sealed class StoreItemModelTests(ITestOutputHelper output)
{
    private sealed record Known(byte[] Value, long Expiry, ItemFields Item);

    [Theory]
    [InlineData(1, 200)]
    [InlineData(4, 1000)]
    public void Random_operations_agree_with_a_dictionary(int partitions, int keys)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFixture fixture = new(partitions, seed: (ulong)seed);
        Dictionary<int, Known> model = [];
        byte[][] names = [.. Enumerable.Range(0, keys).Select(number => RandomKey(random, number))];
        ulong highest = 0;
        for (int step = 0; step < 20_000; step++)
        {
            int number = random.Next(keys);
            byte[] key = names[number];
            Known? known = model.GetValueOrDefault(number);
            switch (random.Next(8))
            {
                case 0:
                    Assert.Equal(model.Remove(number), fixture.Delete(key));
                    break;
                case 1:
                    byte[] plain = RandomValue(random);
                    long expiry = RandomExpiry(random, fixture);
                    fixture.Set(key, plain, expiry);
                    model[number] = new Known(plain, expiry, default);
                    break;
                case 2 or 3:
                    byte[] value = RandomValue(random);
                    ItemFields item = RandomItem(random);
                    long time = RandomExpiry(random, fixture);
                    fixture.Put(key, value, item, time);
                    model[number] = new Known(value, time, item);
                    break;
                case 4 when known is not null:
                    ItemFields assigned = fixture.AssignUnique(key);
                    if (known.Item.Unique == 0)
                    {
                        Assert.True(assigned.Unique > highest && assigned.Unique < UniqueClock.Limit);
                        highest = assigned.Unique;
                    }

                    ulong unique = known.Item.Unique != 0 ? known.Item.Unique : highest;
                    model[number] = known with { Item = new ItemFields(known.Item.ClientFlags, unique, known.Item.State) };
                    Assert.Equal(model[number].Item, assigned);
                    break;
                case 5:
                    ItemFields other = RandomItem(random);
                    Assert.Equal(known is not null, fixture.SetItem(key, other));
                    _ = known is null ? null : model[number] = known with { Item = other };
                    break;
                case 6:
                    bool keeps = random.Next(2) == 0;
                    byte[] edited = new byte[RandomValue(random).Length];
                    Assert.Equal(known is not null, fixture.Edit(key, edited.Length, keeps));
                    if (known is not null)
                    {
                        known.Value.AsSpan(0, Math.Min(edited.Length, known.Value.Length)).CopyTo(edited);
                        model[number] = new Known(edited, known.Expiry, new ItemFields(keeps ? known.Item.ClientFlags : 0));
                    }

                    break;
                case 7:
                    long later = RandomExpiry(random, fixture);
                    Assert.Equal(known is not null, fixture.SetExpiry(key, later));
                    _ = known is null ? null : model[number] = known with { Expiry = later };
                    break;
                default:
                    break;
            }
        }

        for (int number = 0; number < keys; number++)
        {
            Known? known = model.GetValueOrDefault(number);
            Assert.Equal(known?.Value, fixture.Get(names[number]));
            Assert.Equal(known?.Item, fixture.ItemOf(names[number]));
            Assert.Equal(known?.Expiry ?? -1, fixture.ExpiryOf(names[number]));
        }

        Assert.Equal(model.Count, fixture.Store.Counters.Keys);
        Assert.Equal(model.Values.Count(value => value.Expiry != 0), fixture.Store.Counters.ExpiringKeys);
    }

    // None is the beginning of another.
    private static byte[] RandomKey(Random random, int number)
    {
        byte[] key = new byte[4 + random.Next(200) switch
        {
            0 => random.Next(65_520, 65_560),
            < 10 => random.Next(3000),
            _ => random.Next(40),
        }];
        random.NextBytes(key);
        BitConverter.TryWriteBytes(key, number);
        return key;
    }

    private static byte[] RandomValue(Random random)
    {
        byte[] value = new byte[random.Next(100) switch
        {
            0 => random.Next(500_000),
            < 5 => random.Next(15_000, 21_000),
            < 20 => random.Next(3000),
            _ => random.Next(100),
        }];
        random.NextBytes(value);
        return value;
    }

    private static long RandomExpiry(Random random, StoreFixture fixture) =>
        random.Next(3) == 0 ? fixture.Access.Now + 1 + random.Next(100_000) : 0;

    // Chosen by a client, and beyond what the clock gives.
    private static ItemFields RandomItem(Random random) => new(
        random.Next(3) == 0 ? (uint)random.NextInt64(1L << 32) : 0,
        random.Next(3) == 0 ? UniqueClock.Limit + (ulong)random.NextInt64(1L << 60) : 0,
        random.Next(3) == 0 ? (ItemState)random.Next(4) : ItemState.None);
}
