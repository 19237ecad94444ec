using System;
using System.IO;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What SHUTDOWN and signals save before the node ends.</summary>
public sealed class FinalSaveTests : IDisposable
{
    private const string Refusal = "-ERR Errors trying to SHUTDOWN. Check logs.";

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string Dump => Path.Combine(Data, "dump.rdb");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("TERM", "", "", false)]
    [InlineData("TERM", "3600 1", "", true)]
    [InlineData("INT", "3600 1", "", true)]
    [InlineData("", "", "", false)]
    [InlineData("", "3600 1", "", true)]
    [InlineData("", "3600 1", "NOSAVE", false)]
    [InlineData("", "3600 1", "NOW", true)]
    [InlineData("", "", "SAVE", true)]
    [InlineData("", "", "SAVE NOW FORCE", true)]
    public void A_stop_saves_when_there_are_save_points_or_somebody_asks(string signal, string points, string options, bool isSaved)
    {
        // A shell that runs the tests in the background may have INT ignored, and so would the program.
        using (PublishedNode node = new(["--port", "0", "--data", Data], "env", "--default-signal=INT"))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "save", points));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            Assert.Equal("+OK", client.Call("SET", "key", "value"));
            if (signal.Length != 0)
            {
                node.Signal(signal);
            }
            else
            {
                client.Send(["SHUTDOWN", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
            }

            Assert.Equal(0, node.WaitForExit());
            Assert.Equal(isSaved, File.Exists(Dump));
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal(isSaved ? ":1" : ":0", client.Call("EXISTS", "key"));
            Assert.Equal(0, node.Stop());
        }
    }

    [Fact]
    public void A_node_that_cannot_save_goes_on_unless_it_is_forced()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "save", "3600 1"));
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        _ = Directory.CreateDirectory(Dump);
        Assert.Equal(Refusal, client.Call("SHUTDOWN"));
        Assert.Equal(Refusal, client.Call("SHUTDOWN", "SAVE"));
        Assert.Equal("-ERR syntax error", client.Call("SHUTDOWN", "SAVE", "NOSAVE"));
        Assert.Equal("-ERR syntax error", client.Call("SHUTDOWN", "NOW", "ABORT"));
        Assert.Equal("-ERR No shutdown in progress.", client.Call("SHUTDOWN", "ABORT"));
        Assert.Equal("value", client.Value("GET", "key"));
        client.Send("SHUTDOWN", "FORCE");
        Assert.Equal(0, node.WaitForExit());
    }

    [Fact]
    public void What_was_loaded_is_no_change()
    {
        for (int i = 0; i < 2; i++)
        {
            using PublishedNode node = Start();
            using RespClient client = new(node);
            Assert.Equal("0", client.Information("persistence", "rdb_changes_since_last_save"));
            Assert.Equal("+OK", client.Call("SET", "key", "value"));
            Assert.Equal("1", client.Information("persistence", "rdb_changes_since_last_save"));
            Assert.Equal(0, node.Stop());
        }
    }

    [Fact]
    public void A_node_that_was_told_to_end_and_cannot_save_says_so()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "save", "3600 1"));
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        _ = Directory.CreateDirectory(Dump);
        node.Signal("TERM");
        Assert.Equal(1, node.WaitForExit());
        node.AwaitLog("dump.rdb was not saved");
    }

    [Fact]
    public void A_log_whose_first_base_is_being_written_keeps_the_node_from_ending()
    {
        using PublishedNode node = Start("--data-rate", "1kb");
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key" + i, new string('x', 15_000)));
        }

        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "yes"));
        Assert.Equal(Refusal, client.Call("SHUTDOWN"));

        // Told to end all the same, the node does not lose what no file has.
        node.Signal("TERM");
        Assert.Equal(0, node.WaitForExit());
        using PublishedNode next = Start();
        using RespClient later = new(next);
        Assert.Equal(":50", later.Call("DBSIZE"));
        Assert.Equal(0, next.Stop());
    }

    private PublishedNode Start(params string[] options) => new(["--port", "0", "--data", Data, .. options]);
}
