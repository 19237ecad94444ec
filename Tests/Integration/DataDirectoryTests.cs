using System;
using System.IO;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The published program on directories that somebody has changed, or that are none.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private const int Configuration = 78;
    private const int Usage = 64;

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_its_lock_file_the_directory_still_is_of_one_node()
    {
        using PublishedNode node = new(["--port", "0", "--data", Data]);
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        File.Delete(Data + "/epollsrv.lock");
        Refused("another node uses this data directory");
        Assert.Equal(0, node.Stop());
    }

    [Theory]
    [InlineData("dump.rdb")]
    [InlineData("appendonlydir/appendonly.aof.manifest")]
    [InlineData("replication.conf")]
    [InlineData("epollsrv.conf")]
    public void A_pipe_in_the_place_of_a_file_is_not_waited_for(string name)
    {
        Directory.CreateDirectory(Data + "/appendonlydir");
        Assert.True(_folder.Run("mkfifo", Data + "/" + name));
        Refused(Data + "/" + name + ": is no regular file");
        if (!name.EndsWith(".conf", StringComparison.Ordinal))
        {
            (int code, _, string error) = Binary.Run(["check", Data]);
            Assert.Equal(1, code);
            Assert.Contains("/" + name + ": is no regular file", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Settings_still_come_from_a_pipe()
    {
        (int code, string output, string error) = Binary.RunProgram(
            "bash", ["-c", "exec '" + Binary.Path + "' config --config <(sleep 0.2; echo port 7123)"]);
        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("7123", output, StringComparison.Ordinal);
    }

    [SandboxFact]
    public void A_link_out_of_the_directory_is_told_with_the_sandbox()
    {
        Directory.CreateDirectory(Data);
        Directory.CreateDirectory(_folder["other"]);
        File.CreateSymbolicLink(Data + "/dump.rdb", _folder.Write("other/file"));
        Refused(Data + "/dump.rdb: permission denied. It leads to " + _folder["other/file"]
            + ", and a confined node can use nothing outside of the data directory (--sandbox)");
        File.Delete(Data + "/dump.rdb");
        Directory.Delete(Data + "/appendonlydir", recursive: true);
        File.CreateSymbolicLink(Data + "/appendonlydir", _folder["other"]);
        Refused(Data + "/appendonlydir: permission denied. It leads to " + _folder["other"] + ", and a confined node");
        _ = _folder.Write("other/appendonly.aof.manifest", string.Empty);
        Refused(Data + "/appendonlydir/appendonly.aof.manifest: permission denied. It leads to " + _folder["other"]);
    }

    [Fact]
    public void An_empty_name_is_a_mistake()
    {
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", string.Empty);
        Assert.Equal(Usage, code);
        Assert.Contains("--data: is empty, perhaps because of a variable that is not set", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Synchronizing_nothing_is_warned_of()
    {
        using PublishedNode node = new(["--port", "0", "--fsync", "always"]);
        node.AwaitLog("--fsync always has no effect without --data");
        Assert.Equal(0, node.Stop());
    }

    private void Refused(string reason)
    {
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.Equal(Configuration, code);
    }
}
