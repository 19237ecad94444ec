using System;
using System.IO;

using Epollsrv.Journal;
using Epollsrv.Native;

using Epollsrv.Tests.Integration;
using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>A directory is of one node, whatever somebody does to the files in it.</summary>
public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string LockFile => Data + "/epollsrv.lock";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_the_file_the_directory_is_still_locked()
    {
        using DataFolder folder = DataFolder.Open(new Disk(), Data, out _)!;
        File.Delete(LockFile);
        Assert.Null(DataFolder.Open(new Disk(), Data, out string error));
        Assert.Equal(Data + ": another node uses this data directory. Stop it, or give each node its own --data", error);
        Assert.True(DataFolder.OpenToRead(Data).IsInUse());

        // Another name of the directory changes nothing.
        File.CreateSymbolicLink(_folder["link"], Data);
        Assert.Null(DataFolder.Open(new Disk(), _folder["link"], out _));
        Assert.Null(folder.Restore());
        Assert.True(File.Exists(LockFile));
    }

    [Fact]
    public void The_file_alone_keeps_a_node_away_as_well()
    {
        DataFolder.Open(new Disk(), Data, out _)!.Dispose();
        int file = Files.Open(LockFile, Files.ReadOnly);
        NodeUnderTest.Until(() => Files.TryLock(file) == 0, DataDirectory.MayBeLocked);
        Assert.True(DataFolder.OpenToRead(Data).IsInUse());
        Assert.Null(DataFolder.Open(new Disk(), Data, out string error));
        Assert.Contains("(it has locked epollsrv.lock)", error, StringComparison.Ordinal);
        Descriptor.Close(file);
    }
}
