using System;
using System.IO;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A log that was turned on and ended before its base was written.</summary>
public sealed class UnfinishedLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string LogFolder => Path.Combine(Data, "appendonlydir");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_leaves_no_file_when_a_snapshot_has_taken_its_place(bool isKilled)
    {
        using (PublishedNode node = Start("--data-rate", "1kb"))
        {
            using RespClient client = new(node);
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(":1000001", client.Call("SETRANGE", "large" + i, "1000000", "x"));
            }

            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));

            // From the base's point in time on it is logged.
            FileInfo increment = new(Path.Combine(LogFolder, "appendonly.aof.2.incr.aof"));
            NodeUnderTest.Until(() =>
            {
                Assert.Equal("+OK", client.Call("SET", "key", "1"));
                increment.Refresh();
                return increment.Exists && increment.Length > 0;
            });
            Assert.Equal("1", client.Information("persistence", "aof_rewrite_in_progress"));
            if (isKilled)
            {
                node.Signal("KILL");
                _ = node.WaitForExit();
            }
            else
            {
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
                Assert.Equal("+OK", client.Call("SAVE"));
                Assert.Empty(Directory.GetFiles(LogFolder));
                Assert.Equal(0, node.Stop());
            }
        }

        // Killed: only the log that was before the base is whole.
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Empty(Directory.GetFiles(_folder.Path, "temp-*", SearchOption.AllDirectories));
            Assert.Equal(isKilled ? ":0" : ":1", client.Call("EXISTS", "key"));
            Assert.Equal(":1000001", client.Call("STRLEN", "large3"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("+OK", client.Call("SET", "key", "2"));
            Assert.Equal("+OK", client.Call("SAVE"));
            Assert.Empty(Directory.GetFiles(LogFolder));
            Assert.Equal(0, node.Stop());
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("2", client.Value("GET", "key"));
            Assert.Equal(0, node.Stop());
        }
    }

    private PublishedNode Start(params string[] options) => new(["--port", "0", "--data", Data, .. options]);
}
