using System.Collections.Generic;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>One snapshot of a test's store, and what it has to be.</summary>
internal sealed class SnapshotRun
{
    internal const long Now = 1_700_000_000_000;

    private readonly StoreFixture _fixture;

    /// <summary>Begins a snapshot of the store as it is now.</summary>
    internal SnapshotRun(StoreFixture fixture)
    {
        _fixture = fixture;
        Snapshot = new StoreSnapshot(fixture.Store);
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        Expected = SnapshotCollector.KeysOf(fixture.Store);
        Assert.True(Snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, Collector));
        fixture.Access.UnlockAll();
    }

    internal StoreSnapshot Snapshot { get; }

    internal SnapshotCollector Collector { get; } = new();

    /// <summary>The keys at the beginning.</summary>
    internal Dictionary<string, string> Expected { get; }

    internal static byte[] Key(int number) => StoreFixture.Bytes("key" + number);

    /// <summary>Puts so many keys, every third of which expires some time.</summary>
    internal static void Fill(StoreFixture fixture, int count, string value)
    {
        for (int i = 0; i < count; i++)
        {
            fixture.Set(Key(i), StoreFixture.Bytes(value + i), i % 3 == 0 ? Now + 100_000 : 0);
        }
    }

    /// <summary>Lets the walker do the rest, and ends the snapshot.</summary>
    internal static void Finish(StoreFixture fixture, StoreSnapshot snapshot, SnapshotProgress expected)
    {
        SnapshotProgress progress;
        do
        {
            progress = snapshot.SaveSome(fixture.Access, 2000);
        }
        while (progress == SnapshotProgress.More);

        Assert.Equal(expected, progress);
        snapshot.End();
        Assert.True(SnapshotCollector.IsLevel(fixture.Store));
    }

    internal SnapshotProgress SaveSome(long budgetBytes) => Snapshot.SaveSome(_fixture.Access, budgetBytes);

    /// <summary>Saves the rest: all keys are there as they were.</summary>
    internal void FinishSaved()
    {
        Finish(_fixture, Snapshot, SnapshotProgress.Saved);
        SnapshotCollector.AssertSame(Expected, Collector.Take());
    }

    /// <summary>Lets the walker clean up after an abort.</summary>
    /// <returns>How many keys were saved before it.</returns>
    internal int FinishAborted()
    {
        Finish(_fixture, Snapshot, SnapshotProgress.Aborted);
        return Collector.Take().Count;
    }
}
