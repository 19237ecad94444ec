using System.Globalization;
using System.IO;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Store;
using Xunit;
using PieceCollector = Epollsrv.Journal.Snapshots.SnapshotCollector;

namespace Epollsrv.Tests.Unit.Journal.Snapshots;

/// <summary>The kernel need not find memory while a snapshot holds a partition's lock.</summary>
public sealed class SnapshotCollectorTests
{
    private const int Partitions = 16;

    [Fact]
    public void Its_memory_is_there_before_it_is_filled()
    {
        using StoreFixture fixture = new(Partitions);
        for (int i = 0; i < 4000; i++)
        {
            fixture.Set(SnapshotRun.Key(i), new byte[1000]);
        }

        // Once before it counts: the code itself has to be loaded.
        _ = FaultsOf(fixture);
        long faults = FaultsOf(fixture);

        // 16 pieces of 80 KB have 320 pages.
        Assert.True(faults < 100, $"{faults} page faults");
    }

    // Page faults of one snapshot under locks. The pieces are not written: each partition fills its own.
    private static long FaultsOf(StoreFixture fixture)
    {
        StoreSnapshot snapshot = new(fixture.Store);
        PieceCollector collector = new(snapshot, Partitions);
        collector.GetReady(fixture.Store.UsedMemory);
        fixture.Access.LockPartitions(fixture.Store.AllPartitions);
        Assert.True(snapshot.TryBegin(fixture.Access, PieceCollector.Consumer, collector));
        fixture.Access.UnlockAll();
        long before = PageFaults();
        while (snapshot.SaveSome(fixture.Access, 16 << 10) == SnapshotProgress.More)
        {
        }

        long faults = PageFaults() - before;
        snapshot.End();
        collector.Drop();
        return faults;
    }

    // Of this thread, without reads from a disk: proc_pid_stat(5), the tenth field.
    private static long PageFaults()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
