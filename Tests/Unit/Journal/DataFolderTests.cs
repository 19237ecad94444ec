using System;
using System.IO;

using Epollsrv.Journal;
using Epollsrv.Native;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The data directory: made, locked, and its manifest in place whatever interrupts.</summary>
public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NotingDisk _disk = new();

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_directory_is_made_for_its_owner_alone()
    {
        using DataFolder folder = Open(Data + "/");
        Assert.Equal((Data, Data + "/appendonlydir", Data + "/dump.rdb"), (folder.Path, folder.LogPath, folder.DumpPath));
        Assert.Equal((Disk.FolderMode, Disk.FolderMode), (Mode(Data), Mode(folder.LogPath)));
        Assert.Equal(["make data", "sync " + Path.GetFileName(_folder.Path)], _disk.Notes[..2]);
        Assert.Contains("sync data", _disk.Notes);
        Assert.Equal(["appendonlydir", "epollsrv.lock"], Names(Data));
        Assert.Empty(Names(folder.LogPath));
        Assert.Null(folder.Load(out string error));
        Assert.Equal(string.Empty, error);
    }

    [Fact]
    public void A_second_node_is_told_which_directory_and_what_to_do()
    {
        using (Open(Data))
        {
            Assert.Null(DataFolder.Open(_disk, Data, out string error));
            Assert.Equal(Data + ": another node uses this data directory. Stop it, or give each node its own --data", error);
            Assert.True(DataFolder.OpenToRead(Data).IsInUse());
        }

        Open(Data).Dispose();
    }

    [Fact]
    public void A_directory_that_cannot_be_used_is_refused_with_the_reason()
    {
        Refused(_folder["none/data"], "none/data: the data directory cannot be made: no such file or directory; make the directory that"
            + " it is to be in");
        Refused(_folder.Write("file"), "file: the data directory cannot be made: not a directory; give another path, or"
            + " move the file away");
        _disk.Failing = "open temp-epollsrv.probe";
        Refused(Data, "temp-epollsrv.probe: the data directory cannot be written to: input/output error");
        _disk.Failing = null;
        Open(Data).Dispose();
    }

    [Fact]
    public void A_manifest_is_on_the_disk_before_it_takes_the_place_of_the_old_one()
    {
        using DataFolder folder = Open(Data);
        Manifest first = new(null, [], [new ManifestEntry("a", 1, ManifestKind.Increment)]);
        _disk.Notes.Clear();
        Assert.Equal(0, folder.Save(first));
        string[] steps = ["open temp-appendonly.aof.manifest", "write temp-appendonly.aof.manifest", "sync temp-appendonly.aof.manifest",
            "rename temp-appendonly.aof.manifest appendonly.aof.manifest", "sync appendonlydir"];
        Assert.Equal(steps, _disk.Notes);
        foreach (string step in steps)
        {
            _disk.Failing = step;
            Assert.Equal(-Errno.InputOutput, folder.Save(first.With(new ManifestEntry("b", 2, ManifestKind.Increment))));
            string expected = step == steps[^1] ? "b" : "a";
            Assert.Equal(expected, folder.Load(out _)!.Last!.Name);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("rename appendonly.aof appendonly.aof")]
    [InlineData("rename temp-appendonly.aof.manifest appendonly.aof.manifest")]
    public void The_log_of_an_old_Redis_becomes_the_base(string? interrupted)
    {
        _ = Directory.CreateDirectory(Data);
        File.WriteAllText(Data + "/appendonly.aof", "old");
        DataFolder reading = DataFolder.OpenToRead(Data);
        Assert.Equal(Data + "/appendonly.aof", reading.PathOf(reading.Load(out _)!.Base!));
        Assert.Equal(["appendonly.aof"], Names(Data));

        using DataFolder folder = Open(Data);
        _disk.Failing = interrupted;
        Assert.Equal(interrupted is null, folder.Load(out string error) is not null);
        Assert.Equal(interrupted is null, error.Length == 0);
        _disk.Failing = null;
        ManifestEntry entry = folder.Load(out _)!.Base!;
        Assert.Equal(("appendonly.aof", 1, ManifestKind.Base), (entry.Name, entry.Sequence, entry.Kind));
        Assert.Equal(folder.LogPath + "/appendonly.aof", folder.PathOf(entry));
        Assert.Equal("old", File.ReadAllText(folder.PathOf(entry)));
        Assert.False(File.Exists(Data + "/appendonly.aof"));
    }

    [Fact]
    public void A_manifest_that_is_damaged_or_has_another_name_is_not_taken_for_none()
    {
        using DataFolder folder = Open(Data);
        File.WriteAllText(folder.LogPath + "/temp-other.manifest", string.Empty);
        File.WriteAllText(folder.LogPath + "/appendonly.aof.1.incr.aof", string.Empty);
        Assert.Null(folder.Load(out string error));
        Assert.Equal(string.Empty, error);

        File.WriteAllText(folder.LogPath + "/other.aof.manifest", string.Empty);
        Assert.Null(folder.Load(out error));
        Assert.Contains("has no appendonly.aof.manifest, but other.aof.manifest", error, StringComparison.Ordinal);

        File.WriteAllText(folder.ManifestPath, "file x seq 1 type b");
        Assert.Null(folder.Load(out error));
        Assert.StartsWith(folder.ManifestPath + ": line 1 has no line end", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_that_no_manifest_names_is_a_start_with_a_dump_that_was_interrupted_or_a_log_without_its_manifest()
    {
        using DataFolder folder = Open(Data);
        File.WriteAllText(folder.LogPath + "/appendonly.aof.1.base.rdb", "base");
        Assert.Null(folder.Load(out string error));
        Assert.Contains("has no appendonly.aof.manifest, but appendonly.aof.1.base.rdb", error, StringComparison.Ordinal);

        File.WriteAllText(folder.DumpPath, "dump");
        Assert.Null(folder.Load(out error));
        Assert.Equal(string.Empty, error);

        // A log has an increment, if only an empty one.
        File.WriteAllText(folder.LogPath + "/appendonly.aof.1.incr.aof", string.Empty);
        Assert.Null(folder.Load(out error));
        Assert.Contains("has no appendonly.aof.manifest, but appendonly.aof.1.base.rdb", error, StringComparison.Ordinal);
        File.Delete(folder.LogPath + "/appendonly.aof.1.incr.aof");
        File.Move(folder.LogPath + "/appendonly.aof.1.base.rdb", folder.LogPath + "/appendonly.aof.2.base.rdb");
        Assert.Null(folder.Load(out error));
        Assert.Contains("has no appendonly.aof.manifest, but appendonly.aof.2.base.rdb", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_in_the_directory_of_a_running_node_is_made_again()
    {
        using DataFolder folder = Open(Data);
        Assert.Null(folder.Restore());
        Directory.Move(Data, _folder["away"]);
        Assert.Equal(Data + ": no such file or directory. Put the data directory back, or make an empty one: all keys are written to it",
            folder.Restore());
        _ = Directory.CreateDirectory(Data);
        Assert.Null(folder.Restore());
        Assert.Equal(["appendonlydir", "epollsrv.lock"], Names(Data));

        // It is locked, and the one that was moved away is anybody's.
        Assert.True(DataFolder.OpenToRead(Data).IsInUse());
        DataDirectory.AwaitUnlocked(_folder["away"]);
        Directory.Delete(Data, recursive: true);
        Directory.Move(_folder["away"], Data);
        using (DataFolder other = Open(Data))
        {
            Assert.EndsWith("Stop it, or give each node its own --data", folder.Restore(), StringComparison.Ordinal);
        }

        DataDirectory.AwaitUnlocked(Data);
        Assert.Null(folder.Restore());
    }

    private DataFolder Open(string path)
    {
        DataDirectory.AwaitUnlocked(path);
        DataFolder? folder = DataFolder.Open(_disk, path, out string error);
        Assert.Equal(string.Empty, error);
        return folder!;
    }

    private void Refused(string path, string expected)
    {
        Assert.Null(DataFolder.Open(_disk, path, out string error));
        Assert.EndsWith(expected, error, StringComparison.Ordinal);
    }

    private static int Mode(string path)
    {
        Assert.Equal(0, Files.StatusOf(path, out FileStatus status));
        return status.Mode & 0x1FF;
    }

    private static string[] Names(string folder)
    {
        string[] names = Array.ConvertAll(Directory.GetFileSystemEntries(folder), path => Path.GetFileName(path)!);
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }
}
