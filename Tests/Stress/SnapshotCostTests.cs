using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>What a snapshot's walker costs, with a consumer that copies keys and values into native memory.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed unsafe class SnapshotCostTests(ITestOutputHelper output)
{
    private const long LongestHold = 2_000_000;
    private const int Rounds = 5;
    private const long BufferBytes = 1 << 20;

    private sealed class Copier
    {
        internal byte* Buffer { get; } = (byte*)NativeMemory.AllocZeroed((nuint)BufferBytes);

        internal long Used { get; set; }

        internal long Entries { get; set; }
    }

    [Theory]
    [InlineData(1_000_000, 16, 16)]
    [InlineData(100_000, 1024, 16)]
    [InlineData(5_000, 18_000, 1)]
    public void No_lock_is_held_for_long(int keys, int valueLength, int partitions)
    {
        using StoreFixture fixture = new(partitions);
        byte[] value = new byte[valueLength];
        for (int i = 0; i < keys; i++)
        {
            Assert.Equal(StoreResult.Ok, fixture.Set(BitConverter.GetBytes(i * 7919L), value));
        }

        StoreSnapshot snapshot = new(fixture.Store);
        Copier copier = new();
        long shortest = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            copier.Entries = 0;
            fixture.Access.LockPartitions(fixture.Store.AllPartitions);
            Assert.True(snapshot.TryBegin(fixture.Access, new SnapshotConsumer(&Copy, &Empty), copier));
            fixture.Access.UnlockAll();
            long start = Stopwatch.GetTimestamp();
            while (snapshot.SaveSome(fixture.Access, 1 << 20) == SnapshotProgress.More)
            {
            }

            TimeSpan time = Stopwatch.GetElapsedTime(start);
            snapshot.End();
            Assert.Equal(keys, copier.Entries);
            shortest = Math.Min(shortest, snapshot.LongestHold);
            output.WriteLine($"{time.TotalNanoseconds / keys:F0} ns a key, longest hold {snapshot.LongestHold / 1000} us of CPU");
        }

        // A round in which the machine did something else in between does not count.
        NativeMemory.Free(copier.Buffer);
        Assert.InRange(shortest, 1, LongestHold);
    }

    private static void Copy(object context, int partition, int database, Entry* entry)
    {
        Copier copier = (Copier)context;
        copier.Entries++;
        int keyLength = entry->KeyLength;
        Buffer.MemoryCopy(entry->KeyPointer, copier.Buffer + copier.Used, BufferBytes - copier.Used, keyLength);
        copier.Used += keyLength;
        Buffer.MemoryCopy(entry->ValuePointer, copier.Buffer + copier.Used, BufferBytes - copier.Used, entry->ValueLength);
        copier.Used += entry->ValueLength;
    }

    private static void Empty(object context, int partition, int database, bool isBeforeChange) => ((Copier)context).Used = 0;
}
