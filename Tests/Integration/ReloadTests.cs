using System;
using System.IO;
using System.Threading;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>DEBUG RELOAD and LOADAOF, with the published program.</summary>
public sealed class ReloadTests : IDisposable
{
    private const int Configuration = 78;

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string Dump => Path.Combine(Data, "dump.rdb");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("RELOAD", true)]
    [InlineData("RELOAD", false)]
    [InlineData("LOADAOF", true)]
    public void All_keys_are_there_afterwards_and_after_a_kill(string command, bool logs)
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Fill(client);
            if (!logs)
            {
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
            }

            Assert.Equal("+OK", client.Call("DEBUG", command));
            Check(client);
            Assert.Equal("0", client.Information("persistence", "loading"));
            if (command == "RELOAD")
            {
                Assert.Equal("0", client.Information("persistence", "rdb_changes_since_last_save"));
            }

            if (logs)
            {
                Assert.Equal("+OK", client.Call("SET", "later", "1"));
            }

            node.Signal("KILL");
            _ = node.WaitForExit();
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal(logs ? ":1" : ":0", client.Call("DEL", "later"));
            Check(client);
            Assert.Equal(0, node.Stop());
        }
    }

    [Fact]
    public void Options_say_whether_to_save_and_to_empty()
    {
        using PublishedNode node = Start();
        using RespClient client = new(node);
        Assert.Equal("-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.", client.Call("DEBUG", "RELOAD", "ALL"));
        Assert.Equal(
            "-ERR Error trying to load the RDB dump, check server logs.", client.Call("DEBUG", "RELOAD", "NOSAVE"));
        Assert.Equal("+OK", client.Call("MSET", "a", "1", "b", "1"));
        Assert.Equal("+OK", client.Call("SAVE"));
        Assert.Equal("+OK", client.Call("MSET", "b", "2", "c", "2"));
        Assert.Equal("+OK", client.Call("DEBUG", "RELOAD", "nosave", "NOFLUSH", "merge"));
        Assert.Equal("*3\r\n$1\r\n1\r\n$1\r\n1\r\n$1\r\n2\r\n", client.Call("MGET", "a", "b", "c"));
        Assert.Equal("+OK", client.Call("DEBUG", "RELOAD", "NOSAVE"));
        Assert.Equal(":2", client.Call("DBSIZE"));
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("DEBUG", "RELOAD"));
        Assert.Contains("-ERR DEBUG cannot load inside a transaction", client.Call("EXEC"), StringComparison.Ordinal);
        File.Delete(Dump);
        _ = Directory.CreateDirectory(Dump);
        Assert.Equal("-ERR", client.Call("DEBUG", "RELOAD"));
        Assert.Equal(":2", client.Call("DBSIZE"));
        Directory.Delete(Dump);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "appendonly", "no"));
        Assert.Equal("+OK", client.Call("SAVE"));
        Assert.Equal("-ERR Error trying to load the AOF files, check server logs.", client.Call("DEBUG", "LOADAOF"));
        Assert.Equal(":2", client.Call("DBSIZE"));
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void A_file_that_cannot_be_read_ends_the_node_and_the_log_still_has_all_keys()
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Fill(client);
            Assert.Equal("+OK", client.Call("SAVE"));
            byte[] bytes = File.ReadAllBytes(Dump);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(Dump, bytes);
            Assert.Equal(
                "-ERR Error trying to load the RDB dump, check server logs.", client.Call("DEBUG", "RELOAD", "NOSAVE"));
            Assert.Equal(Configuration, node.WaitForExit());
            node.AwaitLog(Dump);
        }

        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Check(client);
            Assert.Equal(0, node.Stop());
        }
    }

    // Whoever is not told LOADING is told the truth: a counter never goes back.
    [Fact]
    public void Other_clients_are_told_that_the_node_is_loading_and_lose_nothing()
    {
        using PublishedNode node = Start("--workers", "2");
        using RespClient client = new(node);
        Fill(client);
        bool isDone = false;
        Watchdog.Run(
            60,
            () => node.LogText,
            () =>
            {
                for (int i = 0; i < 10; i++)
                {
                    Assert.Equal("+OK", client.Call("DEBUG", i % 2 == 0 ? "RELOAD" : "LOADAOF"));
                }

                Volatile.Write(ref isDone, true); // pairs with the read below
            },
            () =>
            {
                using RespClient other = new(node);
                long counted = 0;
                while (!Volatile.Read(ref isDone)) // pairs with the write above
                {
                    string reply = other.Call("INCR", "counter");
                    if (!reply.StartsWith("-LOADING", StringComparison.Ordinal))
                    {
                        Assert.Equal(":" + ++counted, reply);
                    }
                }
            });
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void Without_a_directory_there_is_nothing_to_load()
    {
        using PublishedNode node = new(["--port", "0", "--enable-debug-command", "yes"]);
        using RespClient client = new(node);
        Assert.StartsWith("-ERR nothing is kept on disk", client.Call("DEBUG", "RELOAD"), StringComparison.Ordinal);
        Assert.StartsWith("-ERR nothing is kept on disk", client.Call("DEBUG", "LOADAOF"), StringComparison.Ordinal);
        Assert.Equal(0, node.Stop());
    }

    private static void Fill(RespClient client)
    {
        for (int i = 0; i < 2000; i++)
        {
            client.Send("SET", "key" + i, "value" + i);
        }

        for (int i = 0; i < 2000; i++)
        {
            Assert.Equal("+OK", client.Reply());
        }

        Assert.Equal("+OK", client.Call("SET", "large", new string('x', 200_000), "PX", "10000000"));
        Assert.Equal("+OK", client.Call("SELECT", "2"));
        Assert.Equal("+OK", client.Call("SET", "elsewhere", "2"));
        Assert.Equal("+OK", client.Call("SELECT", "0"));
    }

    private static void Check(RespClient client)
    {
        Assert.Equal(":2001", client.Call("DBSIZE"));
        Assert.Equal("value1999", client.Value("GET", "key1999"));
        Assert.Equal(":200000", client.Call("STRLEN", "large"));
        Assert.NotEqual(":-1", client.Call("PTTL", "large"));
        Assert.Equal("+OK", client.Call("SELECT", "2"));
        Assert.Equal("2", client.Value("GET", "elsewhere"));
        Assert.Equal("+OK", client.Call("SELECT", "0"));
    }

    private PublishedNode Start(params string[] options)
        => new(["--port", "0", "--data", Data, "--enable-debug-command", "yes", .. options]);
}
