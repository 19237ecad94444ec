using System;
using System.IO;

using Epollsrv.Journal;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>What stands under the names of a node's files, and is none of them: links lead nowhere, nothing is waited for.</summary>
public sealed class DataFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _victim;

    public DataFileTests()
    {
        _victim = _folder.Write("victim", "precious");
        Directory.CreateDirectory(LogFolder);
    }

    private string Data => _folder["data"];

    private string LogFolder => Data + "/appendonlydir";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("data/temp-epollsrv.probe")]
    [InlineData("data/appendonlydir/temp-epollsrv.probe")]
    [InlineData("data/appendonlydir/temp-appendonly.aof.manifest")]
    public void A_temporary_file_takes_the_place_of_a_link(string name)
    {
        foreach (string option in new[] { "-s", "--" })
        {
            Assert.True(_folder.Run("ln", option, _victim, name));
            using (DataFolder folder = Open())
            {
                Assert.Equal(0, folder.Save(new Manifest(null, [], [])));
            }

            Assert.Equal("precious", File.ReadAllText(_victim));
            Assert.False(Path.Exists(_folder[name]));
        }
    }

    [Fact]
    public void A_new_file_of_the_log_takes_the_place_of_a_link()
    {
        string path = LogFolder + "/appendonly.aof.1.incr.aof";
        File.CreateSymbolicLink(path, _victim);
        LogFile.Open(new Disk(), path, truncate: true, out _)!.Close();
        Assert.Equal("precious", File.ReadAllText(_victim));
        Assert.Null(new FileInfo(path).LinkTarget);
    }

    [Fact]
    public void A_link_is_neither_locked_nor_written_to()
    {
        File.CreateSymbolicLink(Data + "/epollsrv.lock", _folder["new"]);
        Assert.Null(DataFolder.Open(new Disk(), Data, out string error));
        Assert.Equal(Data + "/epollsrv.lock: the data directory cannot be written to: too many levels of symbolic links; it is a symbolic "
            + "link: remove it", error);
        Assert.False(File.Exists(_folder["new"]));
        File.CreateSymbolicLink(LogFolder + "/increment", _victim);
        Assert.Null(LogFile.Open(new Disk(), LogFolder + "/increment", truncate: false, out int result));
        Assert.EndsWith("The node writes to no symbolic link: put the file itself there", DataFile.Explain(Data, result),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkfifo", "data/appendonly.aof")]
    [InlineData("mkdir", "data/appendonly.aof")]
    [InlineData("ln", "-s", "../victim", "data/appendonly.aof")]
    public void The_log_of_an_old_Redis_is_a_file(string program, params string[] arguments)
    {
        Assert.True(_folder.Run(program, arguments));
        using DataFolder folder = Open();
        for (int i = 0; i < 2; i++)
        {
            Assert.Null(folder.Load(out string error));
            Assert.Equal(Data + "/appendonly.aof: is no regular file. Put the log itself there, or move this away", error);

            // As after a move that was interrupted.
            File.WriteAllText(folder.ManifestPath, "file appendonly.aof seq 1 type b\n");
        }
    }

    private DataFolder Open()
    {
        DataDirectory.AwaitUnlocked(Data);
        DataFolder? folder = DataFolder.Open(new Disk(), Data, out string error);
        Assert.Equal(string.Empty, error);
        return folder!;
    }
}
