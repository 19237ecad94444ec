using System;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>What aborts a snapshot, and that the next one is right; and what its calls refuse.</summary>
public sealed unsafe class StoreSnapshotAbortTests
{
    [Fact]
    public void A_flush_of_what_is_not_saved_aborts_the_snapshot_and_the_next_one_is_right()
    {
        using StoreFixture fixture = new();
        foreach (int database in (int[])[0, 1, -1, 0, 0, 1, -1])
        {
            for (int filled = 0; filled < 3; filled++)
            {
                Assert.True(fixture.Access.TrySelect(filled));
                SnapshotRun.Fill(fixture, 400, "value");
            }

            fixture.Access.SelectFirst();
            SnapshotRun aborted = new(fixture);
            Assert.Equal(SnapshotProgress.More, aborted.SaveSome(3000));
            fixture.Set(SnapshotRun.Key(7), SnapshotRun.Key(1));
            Assert.True(fixture.Access.TryFlush(database, default));
            Assert.True(aborted.Snapshot.IsAborted);
            int saved = aborted.Collector.Count;
            fixture.Set(SnapshotRun.Key(8), SnapshotRun.Key(2));
            Assert.Equal(saved, aborted.FinishAborted());

            SnapshotRun run = new(fixture);
            fixture.Set(SnapshotRun.Key(9), SnapshotRun.Key(1));
            run.FinishSaved();
        }
    }

    [Fact]
    public void A_flush_of_what_is_saved_or_empty_does_not_abort_it()
    {
        using StoreFixture fixture = new();
        SnapshotRun.Fill(fixture, 300, "value");
        Assert.True(fixture.Access.TrySelect(4));
        fixture.Access.SelectFirst();
        SnapshotRun run = new(fixture);
        Assert.True(fixture.Access.TryFlush(4, default));
        while (run.SaveSome(1000) == SnapshotProgress.More)
        {
        }

        Assert.True(fixture.Access.TryFlush(-1, default));
        SnapshotRun.Fill(fixture, 50, "later");
        run.FinishSaved();
    }

    [Fact]
    public void Many_aborted_snapshots_in_a_row_leave_every_chain_ready_for_the_next()
    {
        using StoreFixture fixture = new(partitions: 2);
        SnapshotRun.Fill(fixture, 1000, "value");
        for (int round = 0; round < 9; round++)
        {
            SnapshotRun aborted = new(fixture);
            _ = aborted.SaveSome(1000 * round);
            fixture.Set(SnapshotRun.Key(round), SnapshotRun.Key(1));
            if (round % 2 == 0)
            {
                aborted.Collector.ToAbort = aborted.Snapshot;
                fixture.Set(SnapshotRun.Key(500 + round), SnapshotRun.Key(1));
            }

            aborted.Snapshot.Abort();
            SnapshotRun.Fill(fixture, 1500 - (100 * round), "other");
            Assert.True(aborted.FinishAborted() < 1000);
        }

        SnapshotRun run = new(fixture);
        run.FinishSaved();
    }

    [Fact]
    public void The_calls_have_an_order()
    {
        using StoreFixture fixture = new();
        StoreSnapshot snapshot = new(fixture.Store);
        SnapshotCollector collector = new();
        Assert.Throws<InvalidOperationException>(() => snapshot.SaveSome(fixture.Access, 1));
        Assert.Throws<InvalidOperationException>(snapshot.End);
        Assert.Throws<InvalidOperationException>(() => snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        snapshot.Abort();
        Assert.False(snapshot.IsAborted);
        SnapshotRun.Fill(fixture, 100, "value");
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        Assert.True(snapshot.TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        Assert.False(new StoreSnapshot(fixture.Store).TryBegin(fixture.Access, SnapshotCollector.Consumer, collector));
        Assert.Throws<InvalidOperationException>(snapshot.End);

        // SAVE inside a transaction: everything stays locked.
        SnapshotRun.Finish(fixture, snapshot, SnapshotProgress.Saved);
        fixture.Access.UnlockAll();
        Assert.Equal(100, collector.Take().Count);
    }
}
