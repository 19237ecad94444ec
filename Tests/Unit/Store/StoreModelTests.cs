using System;
using System.Collections.Generic;
using System.Linq;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>The store does what a dictionary does.</summary>
public sealed class StoreModelTests(ITestOutputHelper output)
{
    private sealed class ByBytes : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            HashCode code = default;
            code.AddBytes(obj);
            return code.ToHashCode();
        }
    }

    private readonly record struct Value(byte[] Bytes, long Expiry);

    [Theory]
    [InlineData(1, 300)]
    [InlineData(1, 4000)]
    [InlineData(16, 4000)]
    [InlineData(64, 1000)]
    [Trait("Speed", "Slow")]
    public void Random_operations_agree_with_a_dictionary(int partitions, int keys)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFixture fixture = new(partitions, seed: (ulong)seed);
        Dictionary<byte[], Value> model = new(new ByBytes());
        byte[][] names = Enumerable.Range(0, keys).Select(_ => RandomKey(random)).Distinct(new ByBytes()).ToArray();
        for (int step = 0; step < 40_000; step++)
        {
            // Phases that mostly insert and phases that mostly delete, so that the index grows and shrinks.
            bool deleting = step / 8_000 % 2 == 1;
            byte[] key = names[random.Next(names.Length)];
            int choice = random.Next(100);
            if (choice < (deleting ? 60 : 10))
            {
                bool expected = model.Remove(key, out Value old) && !IsOver(old, fixture);
                Assert.Equal(expected, fixture.Delete(key));
            }
            else if (choice < 75)
            {
                byte[] value = RandomValue(random);
                long expiry = random.Next(4) == 0 ? fixture.Access.Now + random.Next(1, 3000) : 0;
                Assert.Equal(StoreResult.Ok, fixture.Set(key, value, expiry));
                model[key] = new Value(value, expiry);
            }
            else if (choice < 85)
            {
                Drop(model, key, fixture);
                int length = RandomLength(random);
                byte fill = (byte)random.Next(256);
                StoreResult? result = fixture.Resize(key, length, fill);
                Assert.Equal(model.ContainsKey(key), result.HasValue);
                if (model.TryGetValue(key, out Value old))
                {
                    byte[] changed = new byte[length];
                    changed.AsSpan().Fill(fill);
                    old.Bytes.AsSpan(0, Math.Min(length, old.Bytes.Length)).CopyTo(changed);
                    model[key] = old with { Bytes = changed };
                }
            }
            else if (choice < 95)
            {
                Drop(model, key, fixture);
                long expiry = random.Next(2) == 0 ? 0 : fixture.Access.Now + random.Next(1, 3000);
                Assert.Equal(model.ContainsKey(key), fixture.SetExpiry(key, expiry));
                if (model.TryGetValue(key, out Value old))
                {
                    model[key] = old with { Expiry = expiry };
                }
            }
            else
            {
                Drop(model, key, fixture);
                Assert.Equal(model.TryGetValue(key, out Value value) ? value.Bytes : null, fixture.Get(key));
            }

            if (step % 10 == 0)
            {
                fixture.Access.Now++;
            }
        }

        foreach (byte[] name in names)
        {
            Drop(model, name, fixture);
            bool there = model.TryGetValue(name, out Value value);
            Assert.Equal(there ? value.Bytes : null, fixture.Get(name));
            Assert.Equal(there ? value.Expiry : -1, fixture.ExpiryOf(name));
        }

        Assert.Equal(model.Count, fixture.Store.Counters.Keys);
        Assert.Equal(model.Values.Count(value => value.Expiry != 0), fixture.Store.Counters.ExpiringKeys);
        foreach (byte[] name in names)
        {
            fixture.Delete(name);
        }

        Assert.Equal(0, fixture.Store.Counters.Keys);
        Assert.True(fixture.Store.UsedMemory < partitions * (32 << 10) + (partitions * 74 * 70_000), $"{fixture.Store.UsedMemory}");
    }

    private static void Drop(Dictionary<byte[], Value> model, byte[] key, StoreFixture fixture)
    {
        if (model.TryGetValue(key, out Value value) && IsOver(value, fixture))
        {
            model.Remove(key);
        }
    }

    private static bool IsOver(Value value, StoreFixture fixture) => value.Expiry != 0 && value.Expiry <= fixture.Access.Now;

    private static byte[] RandomKey(Random random)
    {
        byte[] key = new byte[random.Next(
            200) switch
        { 0 => random.Next(60_000, 70_000), < 10 => random.Next(3000), _ => random.Next(40) }];
        random.NextBytes(key);
        return key;
    }

    private static int RandomLength(Random random) => random.Next(100) switch
    {
        0 => random.Next(500_000),
        < 5 => random.Next(15_000, 21_000),
        < 20 => random.Next(3000),
        _ => random.Next(100),
    };

    private static byte[] RandomValue(Random random)
    {
        byte[] value = new byte[RandomLength(random)];
        random.NextBytes(value);
        return value;
    }
}
