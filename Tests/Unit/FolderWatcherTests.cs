using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Share;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>What a watched folder tells.</summary>
public sealed unsafe class FolderWatcherTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly string _path;
    private readonly SharedFolder _folder;
    private readonly FolderWatcher _watcher;
    private bool _isFolderClosed;

    public FolderWatcherTests()
    {
        _path = _temporary["share"];
        Directory.CreateDirectory(_path);
        _folder = SharedFolder.TryOpen(_path, out _)!;
        _watcher = FolderWatcher.TryCreate(_folder, out int error)!;
        Assert.Equal(0, error);
    }

    public void Dispose()
    {
        _watcher.Close();
        CloseFolder();
        _temporary.Dispose();
    }

    [Fact]
    public void A_file_is_added_when_its_writer_closes_it()
    {
        using (FileStream file = File.Create(Path.Combine(_path, "a")))
        {
            AssertChanges("Created a");
            file.WriteByte(1);
            file.Flush();
            AssertChanges();
        }

        AssertChanges("Added a");
    }

    [Fact]
    public void Files_moved_in_out_and_within_are_told()
    {
        _temporary.Write("outside");
        File.Move(_temporary["outside"], Path.Combine(_path, "in"));
        File.Move(Path.Combine(_path, "in"), Path.Combine(_path, "renamed"));
        File.Move(Path.Combine(_path, "renamed"), _temporary["out"]);
        AssertChanges("Added in", "Removed in", "Added renamed", "Removed renamed");
    }

    [Fact]
    public void A_deleted_file_is_removed_and_reading_one_changes_nothing()
    {
        File.WriteAllText(Path.Combine(_path, "a"), "x");
        AssertChanges("Created a", "Added a");
        _ = File.ReadAllText(Path.Combine(_path, "a"));
        AssertChanges();
        File.Delete(Path.Combine(_path, "a"));
        AssertChanges("Removed a");
    }

    [Fact]
    public void A_link_and_a_hard_link_are_complete_when_they_appear_and_a_new_file_is_not()
    {
        _temporary.Write("outside");
        File.WriteAllText(Path.Combine(_path, "file"), "x");
        File.CreateSymbolicLink(Path.Combine(_path, "link"), "file");
        Assert.True(_temporary.Run("ln", "outside", "share/hard"));
        AssertChanges("Created file", "Added file", "Created link", "Created hard");
        Assert.False(_folder.IsLinkOrLinked("file"u8));
        Assert.True(_folder.IsLinkOrLinked("link"u8));
        Assert.True(_folder.IsLinkOrLinked("hard"u8));
        Assert.False(_folder.IsLinkOrLinked("../outside"u8));
    }

    [Fact]
    public void Folders_inside_are_left_out()
    {
        Directory.CreateDirectory(Path.Combine(_path, "sub"));
        File.WriteAllText(Path.Combine(_path, "sub", "x"), "x");
        Directory.Delete(Path.Combine(_path, "sub"), recursive: true);
        AssertChanges();
    }

    [Fact]
    public void A_folder_that_is_deleted_or_moved_says_so()
    {
        Directory.Move(_path, _temporary["moved"]);
        AssertChanges("Gone ");
        Directory.Delete(_temporary["moved"]);

        // The second is the deletion, held back while this process has the folder open.
        CloseFolder();
        AssertChanges("Gone ", "Gone ");
    }

    [Fact]
    public void The_watch_follows_the_folder_that_was_opened_and_not_its_name()
    {
        Directory.Move(_path, _temporary["moved"]);
        Directory.CreateDirectory(_path);
        using FolderWatcherHolder second = new(_folder);
        File.WriteAllText(Path.Combine(_path, "wrong"), "x");
        File.WriteAllText(_temporary["moved/right"], "x");
        Assert.Equal(["Created right", "Added right"], Read(second.Watcher, 2));
    }

    [Fact]
    public void A_lost_event_is_told()
    {
        int limit = int.Parse(
            File.ReadAllText("/proc/sys/fs/inotify/max_queued_events"), System.Globalization.CultureInfo.InvariantCulture);
        string a = Path.Combine(_path, "a");
        string b = Path.Combine(_path, "b");
        File.WriteAllText(a, "x");
        for (int i = 0; i < (limit / 2) + 10; i++)
        {
            File.Move(a, b);
            (a, b) = (b, a);
        }

        bool overflow = false;
        while (_watcher.TryRead(out FolderChange change, out _))
        {
            overflow |= change == FolderChange.Overflow;
        }

        Assert.True(overflow);
    }

    // Once: the number may by then be another test's descriptor, a node's epoll for example.
    private void CloseFolder()
    {
        if (!_isFolderClosed)
        {
            _isFolderClosed = true;
            _folder.Close();
        }
    }

    private void AssertChanges(params string[] expected)
    {
        Assert.Equal(expected, Read(_watcher, expected.Length));
        Assert.False(_watcher.TryRead(out FolderChange change, out _), change.ToString());
    }

    private static List<string> Read(FolderWatcher watcher, int count)
    {
        List<string> changes = [];
        long deadline = Environment.TickCount64 + Patience.Milliseconds;
        while (changes.Count < count && Environment.TickCount64 < deadline)
        {
            PollEntry entry = new() { Descriptor = watcher.Descriptor, Events = PollEntry.In };
            _ = Descriptor.Poll(&entry, 1, 100);
            while (changes.Count < count && watcher.TryRead(out FolderChange change, out ReadOnlySpan<byte> name))
            {
                changes.Add(change + " " + Encoding.UTF8.GetString(name));
            }
        }

        return changes;
    }

    private sealed class FolderWatcherHolder(SharedFolder folder) : IDisposable
    {
        public FolderWatcher Watcher { get; } = FolderWatcher.TryCreate(folder, out _)!;

        public void Dispose() => Watcher.Close();
    }
}
