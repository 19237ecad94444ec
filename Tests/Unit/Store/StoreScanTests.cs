using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>SCAN shows whatever stays, RANDOMKEY and flush do what they say.</summary>
public sealed unsafe class StoreScanTests(ITestOutputHelper output)
{
    [Fact]
    public void Scan_shows_every_key_exactly_once_when_nothing_changes()
    {
        using StoreFixture fixture = new();
        for (int number = 0; number < 10_000; number++)
        {
            fixture.Set(Key(number), [1]);
        }

        Dictionary<int, int> seen = ScanAll(fixture, _ => { });
        Assert.Equal(10_000, seen.Count);
        Assert.All(seen.Values, times => Assert.Equal(1, times));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [Trait("Speed", "Slow")]
    public void Scan_shows_what_stays_under_growth_and_deletion(int partitions)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        for (int round = 0; round < 20; round++)
        {
            using StoreFixture fixture = new(partitions, seed: (ulong)random.NextInt64());
            int stay = random.Next(1, 2000);
            int others = random.Next(1, 20_000);
            for (int number = 0; number < stay; number++)
            {
                fixture.Set(Key(number), [1]);
            }

            bool shrink = round % 2 == 0;
            if (shrink)
            {
                for (int number = 0; number < others; number++)
                {
                    fixture.Set(Key(1_000_000 + number), [1]);
                }
            }

            int next = 0;
            Dictionary<int, int> seen = ScanAll(fixture, _ =>
            {
                for (int change = random.Next(200); change > 0 && next < others; change--)
                {
                    if (shrink)
                    {
                        fixture.Delete(Key(1_000_000 + next++));
                    }
                    else
                    {
                        fixture.Set(Key(1_000_000 + next++), [1]);
                    }
                }
            });
            for (int number = 0; number < stay; number++)
            {
                Assert.True(seen.TryGetValue(number, out int times) && times == 1, $"key {number} shown {times} times");
            }
        }
    }

    [Fact]
    public void Scan_ends_for_a_cursor_that_is_no_place()
    {
        using StoreFixture fixture = new();
        Assert.Equal(0UL, KeyScan.Next(fixture.Access, ulong.MaxValue, 10, &Collect, null));
        Assert.Equal(0UL, KeyScan.Next(fixture.Access, 16UL << 44, 10, &Collect, null));
    }

    [Fact]
    public void A_random_key_may_be_any_key_and_an_empty_store_has_none()
    {
        using StoreFixture fixture = new();
        Assert.True(KeyScan.LockRandom(fixture.Access) == null);
        for (int number = 0; number < 100; number++)
        {
            fixture.Set(Key(number), [1]);
        }

        HashSet<int> seen = [];
        for (int attempt = 0; attempt < 20_000 && seen.Count < 100; attempt++)
        {
            Entry* entry = KeyScan.LockRandom(fixture.Access);
            seen.Add(BinaryPrimitives.ReadInt32LittleEndian(entry->Key));
            fixture.Access.Unlock();
        }

        Assert.Equal(100, seen.Count);
    }

    [Fact]
    public void Flush_removes_everything()
    {
        using StoreFixture fixture = new();
        for (int number = 0; number < 5000; number++)
        {
            fixture.Set(Key(number), [1], flags: number % 10 == 0 ? EntryFlags.Raw : EntryFlags.None);
        }

        fixture.Set(Key(-1), new byte[100_000]);
        Assert.True(fixture.Access.TryFlush(-1, default));
        Assert.Equal(0, fixture.Store.Counters.Keys);
        Assert.Null(fixture.Get(Key(10)));
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(key, number);
        return key;
    }

    private static Dictionary<int, int> ScanAll(StoreFixture fixture, Action<ulong> between)
    {
        Dictionary<int, int> seen = [];
        GCHandle handle = GCHandle.Alloc(seen);
        ulong cursor = 0;
        do
        {
            cursor = KeyScan.Next(fixture.Access, cursor, 10, &Collect, (void*)GCHandle.ToIntPtr(handle));
            Assert.True(cursor < 1UL << 53);
            between(cursor);
        }
        while (cursor != 0);
        handle.Free();
        return seen;
    }

    private static void Collect(void* state, Entry* entry)
    {
        Dictionary<int, int> seen = (Dictionary<int, int>)GCHandle.FromIntPtr((nint)state).Target!;
        int number = BinaryPrimitives.ReadInt32LittleEndian(entry->Key);
        seen[number] = seen.GetValueOrDefault(number) + 1;
    }
}
