using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>Bytes per key and nanoseconds per operation, printed.</summary>
[Trait("Category", "Stress")]
[Collection(ResidentMemoryCollection.Name)]
public sealed unsafe class StoreMemoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    [InlineData(1_400_000)]
    [InlineData(1_900_000)]
    public void Overhead_per_key_is_at_most_30_bytes(int keys)
    {
        using StoreFixture fixture = new();
        StoreAccess access = fixture.Access;
        byte* key = stackalloc byte[16];
        byte* value = stackalloc byte[64];
        GC.Collect();
        long before = Resident();
        long start = Stopwatch.GetTimestamp();
        for (int number = 0; number < keys; number++)
        {
            ulong hash = Name(access, key, number);
            access.Lock(hash);
            access.Writer.Put(key, 16, hash, value, 64, default);
            access.Unlock();
        }

        double insert = Nanoseconds(start, keys);
        double overhead = ((double)(Resident() - before) / keys) - 80;
        start = Stopwatch.GetTimestamp();
        int found = 0;
        for (int number = 0; number < keys; number++)
        {
            // A stride over all keys, so that neither caches nor the order of insertion help.
            ulong hash = Name(access, key, (int)(number * 7_368_787L % keys));
            access.Lock(hash);
            Entry* entry = access.Keys.LookupRead(key, 16, hash);
            found += entry != null ? 1 : 0;
            access.Unlock();
        }

        double get = Nanoseconds(start, keys);
        start = Stopwatch.GetTimestamp();
        for (int number = 0; number < keys; number++)
        {
            ulong hash = Name(access, key, number % 100);
            access.Lock(hash);
            access.Keys.LookupRead(key, 16, hash);
            access.Unlock();
        }

        double hot = Nanoseconds(start, keys);
        start = Stopwatch.GetTimestamp();
        for (int number = 0; number < keys; number++)
        {
            ulong hash = Name(access, key, (int)(number * 7_368_787L % keys));
            access.Lock(hash);
            access.Writer.Delete(key, 16, hash, default);
            access.Unlock();
        }

        double delete = Nanoseconds(start, keys);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{keys} keys: {overhead:F1} bytes overhead; ns: insert {insert:F0}, get {get:F0} (of 100 keys {hot:F0}), delete {delete:F0}; after deletion {(Resident() - before) >> 10} KB, used {fixture.Store.UsedMemory >> 10} KB"));
        Assert.Equal(keys, found);
        Assert.Equal(0, fixture.Store.Counters.Keys);
        Assert.True(overhead <= 30, $"{overhead:F1}");
    }

    private static ulong Name(StoreAccess access, byte* key, int number)
    {
        ((ulong*)key)[0] = 0x3A79656B3A79656B;
        ((ulong*)key)[1] = (ulong)number;
        return access.Hash(key, 16);
    }

    private static double Nanoseconds(long start, int count) =>
        (Stopwatch.GetTimestamp() - start) * 1e9 / Stopwatch.Frequency / count;

    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
