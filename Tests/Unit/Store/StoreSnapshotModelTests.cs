using System;
using System.Collections.Generic;
using Epollsrv.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Whatever happens to a store while a snapshot is saved: it is the store as it was when it began.</summary>
public sealed unsafe class StoreSnapshotModelTests(ITestOutputHelper output)
{
    private const int OftenEnough = 100;

    private enum End
    {
        Saved,
        AbortedByFlush,
        AbortedByConsumer,
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(16, 0)]
    [InlineData(1, 600_000)]
    [InlineData(4, 1_500_000)]
    [Trait("Speed", "Slow")]
    public void Snapshots_agree_with_the_store_at_their_beginning(int partitions, long maxMemory)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using StoreFixture fixture = new(
            partitions, maxMemory, maxMemory == 0 ? EvictionPolicy.NoEviction : EvictionPolicy.AllKeysLru, (ulong)seed);
        SnapshotWorkload workload = new(fixture, random);
        StoreSnapshot snapshot = new(fixture.Store);
        workload.Fill(1500);
        int early = 0;
        int walked = 0;
        // Small stores need more rounds than forty until both ways have been taken often.
        for (int round = 0; round < 40 || ((early <= OftenEnough || walked <= OftenEnough) && round < 4000); round++)
        {
            End end = random.Next(3) == 0 ? (End)random.Next(1, 3) : End.Saved;
            Run(fixture, workload, snapshot, random, end, ref early, ref walked);
            for (int step = random.Next(30); step > 0; step--)
            {
                workload.Step();
            }
        }

        output.WriteLine($"{walked} chains by the walker, {early} before a change, {fixture.Store.Counters.Evicted} evicted,"
            + $" {fixture.Store.Counters.Expired} expired");
        Assert.True(early > OftenEnough && walked > OftenEnough, "one of the two ways was hardly taken");
        Assert.True(maxMemory == 0 || fixture.Store.Counters.Evicted > OftenEnough, "hardly anything was evicted");
        Assert.True(fixture.Access.TryFlush(-1, default));
        Assert.Equal(0, fixture.Store.UsedMemory);
    }

    private static void Run(
        StoreFixture fixture, SnapshotWorkload workload, StoreSnapshot snapshot, Random random, End end, ref int early, ref int walked)
    {
        SnapshotCollector collector = new();
        Dictionary<string, string> expected = Begin(fixture, snapshot, collector);
        bool ended = end == End.Saved;
        SnapshotProgress progress = SnapshotProgress.More;
        int saved = 0;
        while (progress == SnapshotProgress.More)
        {
            if (!ended && random.Next(20) == 0)
            {
                ended = true;
                Stop(fixture, snapshot, collector, random, end);
            }

            for (int step = random.Next(4); step > 0; step--)
            {
                workload.Step();
            }

            progress = snapshot.SaveSome(fixture.Access, random.Next(8) == 0 ? 100_000 : random.Next(1, 3000));
            if (snapshot.IsAborted && saved == 0)
            {
                saved = collector.Count;
            }
        }

        snapshot.End();
        Assert.True(SnapshotCollector.IsLevel(fixture.Store));
        Assert.Equal(0, collector.ToAbort == null && progress == SnapshotProgress.Aborted ? collector.Count - saved : 0);
        Dictionary<string, string> actual = collector.Take();
        int walkedNow = Sum(collector.Walked);
        early += Sum(collector.Early);
        walked += walkedNow;
        if (progress == SnapshotProgress.Aborted)
        {
            Assert.NotEqual(End.Saved, end);
            return;
        }

        SnapshotCollector.AssertSame(expected, actual);
        Assert.True(snapshot.LongestHold > 0 || walkedNow == 0); // changes may have saved everything before the walker came
    }

    private static Dictionary<string, string> Begin(StoreFixture fixture, StoreSnapshot snapshot, SnapshotCollector collector)
    {
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        Dictionary<string, string> expected = SnapshotCollector.KeysOf(fixture.Store);
        Assert.True(snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        fixture.Access.UnlockAll();
        int[] keys = new int[fixture.Store.DatabaseCount];
        int[] expiring = new int[fixture.Store.DatabaseCount];
        foreach ((string key, string value) in expected)
        {
            int database = int.Parse(key.AsSpan(0, key.IndexOf('/', StringComparison.Ordinal)));
            keys[database]++;
            expiring[database] += value.EndsWith(" @0", StringComparison.Ordinal) ? 0 : 1;
        }

        for (int database = 0; database < keys.Length; database++)
        {
            Assert.Equal(keys[database], snapshot.CountersOf(database).Keys);
            Assert.Equal(expiring[database], snapshot.CountersOf(database).ExpiringKeys);
        }

        return expected;
    }

    private static void Stop(StoreFixture fixture, StoreSnapshot snapshot, SnapshotCollector collector, Random random, End end)
    {
        if (end == End.AbortedByFlush)
        {
            // One that has nothing left to save does not abort it.
            Assert.True(fixture.Access.TryFlush(random.Next(3) switch { 0 => -1, 1 => 0, _ => 5 }, default));
        }
        else if (random.Next(2) == 0)
        {
            collector.ToAbort = snapshot;
        }
        else
        {
            snapshot.Abort();
        }
    }

    private static int Sum(int[] numbers)
    {
        int sum = 0;
        foreach (int number in numbers)
        {
            sum += number;
        }

        return sum;
    }
}
