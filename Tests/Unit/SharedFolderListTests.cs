using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Native;
using Epollsrv.Ring;
using Epollsrv.Share;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>What a shared folder lists.</summary>
public sealed class SharedFolderListTests : IDisposable
{
    private readonly TemporaryFolder _outer = new();
    private readonly string _path;
    private readonly SharedFolder _folder;

    public SharedFolderListTests()
    {
        _outer.Write("secret.txt", "secret");
        _path = _outer["share"];
        Directory.CreateDirectory(Path.Combine(_path, "sub"));
        File.WriteAllText(Path.Combine(_path, "plain.txt"), "plain");
        _folder = SharedFolder.TryOpen(_path, out int error)!;
        Assert.Equal(0, error);
    }

    public void Dispose()
    {
        _folder.Close();
        _outer.Dispose();
    }

    [Fact]
    public void A_list_has_the_files_that_can_be_opened_and_tells_what_was_left_out()
    {
        foreach (string name in new[] { "download.part", ".tmp-epollsrv9", ".hidden", "\u0001reserved" })
        {
            File.WriteAllText(Path.Combine(_path, name), "x");
        }

        File.CreateSymbolicLink(Path.Combine(_path, "out"), "../secret.txt");
        File.CreateSymbolicLink(Path.Combine(_path, "nowhere"), "missing");
        File.CreateSymbolicLink(Path.Combine(_path, "folder"), "sub");
        Assert.True(_outer.Run("mkfifo", "share/fifo"));
        NameSet names = new();
        NameSet skipped = new();
        Assert.Equal(0, _folder.List(names, skipped));
        Assert.Equal([".hidden", "plain.txt"], Sorted(names));
        Assert.Equal(["\u0001reserved", "out"], Sorted(skipped));
    }

    [Fact]
    public void A_list_longer_than_its_buffer_is_whole_and_can_be_read_again()
    {
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllText(Path.Combine(_path, "file-with-a-rather-long-name-" + i), string.Empty);
        }

        for (int round = 0; round < 2; round++)
        {
            NameSet names = new();
            Assert.Equal(0, _folder.List(names, new NameSet()));
            Assert.Equal(1001, names.Count);
            Assert.True(names.Contains("file-with-a-rather-long-name-999"u8));
        }
    }

    [Fact]
    public void A_folder_that_was_deleted_lists_as_not_there()
    {
        Directory.Delete(_path, recursive: true);
        NameSet names = new();
        Assert.Equal(-Errno.NoEntry, _folder.List(names, new NameSet()));
        Assert.Equal(0, names.Count);
        Assert.Equal(-Errno.NoEntry, _folder.Open("plain.txt"u8, out _));
    }

    private static IEnumerable<string> Sorted(NameSet names) =>
        names.ToArray().Select(name => Encoding.UTF8.GetString(name)).Order(StringComparer.Ordinal);
}
