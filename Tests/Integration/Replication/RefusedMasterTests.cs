using System;
using System.IO;
using System.Net.Sockets;
using System.Text;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Masters that send what cannot be taken: it is refused and named, the node keeps its own data, and lives.</summary>
[Trait("Category", "Replication")]
public sealed class RefusedMasterTests
{
    private const string Place = "published adaptive edge";
    private const string Cut = "is down: ";

    public static TheoryData<string, string> Answers => new()
    {
        { "+FULLRESYNC " + FakeMaster.History + " -5\r\n", "it answers PSYNC with" },
        { "+FULLRESYNC 12345 5\r\n", "it answers PSYNC with" },
        { "+FULLRESYNC " + FakeMaster.History + "\r\n", "it answers PSYNC with" },
        { "+CONTINUE\r\n", "it answers PSYNC with" },
        { "+CONTINUE " + FakeMaster.History + "\r\n", "it answers PSYNC with" },
        { "-ERR no replicas here\r\n", "it answers PSYNC with \"-ERR no replicas here\"" },
        { new string('x', 3000), "a line has no end" },
        { Announced("-ERR no snapshot\r\n"), "it cannot make a snapshot" },
        { Announced("$99999999999999999999\r\n"), "it announces a snapshot with" },
        { Announced("$-1\r\n"), "it announces a snapshot with" },
        { Announced("$EOF:short\r\n"), "it announces a snapshot with" },
        { Announced("$0\r\n"), "the file ends too early" },
        { Announced("$12\r\nabcdefghijkl"), "this is no RDB file" },
        { Announced("$5000000000000\r\nREDIS0009"), Cut },
        { Announced(Sized(FakeMaster.Rdb(FakeMaster.Pair("a", "1"), FakeMaster.Pair("a", "2")))), "the key \"a\" twice" },
        { Announced(Sized(FakeMaster.Rdb(FakeMaster.List("letters", "x")))), "key \"letters\", a list: only strings can be replicated" },
        { Announced(Sized([.. FakeMaster.Rdb(FakeMaster.Pair("a", "1")), 7])), "goes on behind its end" },
        { Announced(Sized(FakeMaster.Rdb(FakeMaster.Pair("a", "1"))[..^9])), "its snapshot cannot be loaded" },
        { Announced(Sized(FakeMaster.Rdb([0xFA, 13, .. "epollsrv-item"u8, 1, 120], FakeMaster.Pair("a", "1")))), "no unique of an item" },
        { Announced(Marked(FakeMaster.Rdb(FakeMaster.List("letters", "x")))), "key \"letters\", a list" },
        { Announced(Sized(FakeMaster.Rdb([0xFE, 0x40, 99], FakeMaster.Pair("a", "1")))), "database 99" },
    };

    public static TheoryData<string, string> Streams => new()
    {
        { "hello\r\n", "its stream is not readable" },
        { "*1\r\n$99999999999\r\n", "its stream is not readable" },
        { "*-7\r\n*999999999999\r\n", "its stream is not written as Redis writes it" },
        { Command("LPUSH", "letters", "x"), "it sends the command LPUSH of the key \"letters\"" },
        { Command("FUNCTION", "LOAD", "code"), "it sends functions, which this program cannot run" },
        { Command("CONFIG", "SET", "maxmemory", "1"), "its command CONFIG" },
        { Command("SET", "a"), "its command SET" },
        { Command("MULTI") + Command("SET", "a", "2") + Command("LPUSH", "letters", "x"), "it sends the command LPUSH" },
        { Command("SELECT", "99"), "its command SELECT" },
        { Command("EXEC"), "its command EXEC" },
        { Command("INCRBY", "a", "x"), "its command INCRBY" },
        { Command("ECHO", "epollsrv:item 1"), "its command ECHO" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void The_node_keeps_its_data_when_a_snapshot_is_refused(string answer, string named) => NodeUnderTest.Run(Place, node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "own", "data"));
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        Assert.Equal(["?", "-1"], master.Greet());
        master.Send(answer);
        if (named == Cut)
        {
            node.AwaitLog("it sends a snapshot");
            master.Hang();
        }

        node.AwaitLog(named);
        Assert.Equal("$4\r\ndata\r\n", client.Call("GET", "own"));
        Assert.Equal(":1", client.Call("DBSIZE"));
    });

    [Theory]
    [MemberData(nameof(Streams))]
    public void The_node_keeps_its_data_when_the_stream_is_refused(string stream, string named) => NodeUnderTest.Run(Place, node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        master.SendSnapshot(1000, FakeMaster.Rdb(FakeMaster.Pair("a", "1")));
        master.AwaitPosition(1000);
        master.Send(stream);
        node.AwaitLog(named);
        Assert.Equal("$1\r\n1\r\n", client.Call("GET", "a"));
        Assert.Equal(":1", client.Call("DBSIZE"));
    });

    [Theory]
    [InlineData("SELECT", "99")]
    [InlineData("SWAPDB", "0", "99")]
    public void A_database_that_is_not_there_is_refused_also_where_other_types_are_left_out(params string[] command)
        => NodeUnderTest.Run(Place, node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        master.SendSnapshot(1000, FakeMaster.Rdb(FakeMaster.Pair("a", "1")));
        master.AwaitPosition(1000);
        byte[] stream = [.. FakeMaster.Request(command), .. FakeMaster.Request("SET", "a", "of another database")];
        master.Send(stream);
        node.AwaitLog("its command " + command[0]);
        Assert.Equal("$1\r\n1\r\n", client.Call("GET", "a"));
    }, "--replica-skip-other-types");

    // A master whose data are different, as Redis makes them with BITFIELD OVERFLOW FAIL.
    [Fact]
    public void A_command_that_fails_is_followed_by_a_snapshot_at_once_but_not_again_and_again() => NodeUnderTest.Run(Place, node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        master.SendSnapshot(1000, FakeMaster.Rdb(FakeMaster.Pair("a", "1")));
        master.AwaitPosition(1000);
        master.Send(FakeMaster.Request("RENAME", "b", "c"));
        Assert.Equal(["?", "-1"], master.Greet());
        Assert.DoesNotContain("next attempt in 60 s", node.LogText, StringComparison.Ordinal);
        byte[] rdb = FakeMaster.Rdb(FakeMaster.Pair("a", "1"), FakeMaster.Pair("b", "2"));
        master.Send(Announced(Sized(rdb)));
        byte[] rename = [.. FakeMaster.Request("RENAME", "b", "c"), .. FakeMaster.Request("REPLCONF", "GETACK", "*")];
        master.Send(rename);
        NodeUnderTest.Until(() => client.Call("GET", "c") == "$1\r\n2\r\n", "it follows");
        master.Send(FakeMaster.Request("RENAME", "d", "e"));
        NodeUnderTest.Until(
            () => node.LogText.Contains("key \"d\" cannot be applied: ERR no such key; next attempt in 60 s", StringComparison.Ordinal));
    });

    [Fact]
    public void What_Redis_does_not_tell_its_replicas_comes_with_a_snapshot() => NodeUnderTest.Run(Place, node =>
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", stock.PortText));
        Dataset.Await(master, client);
        _ = master.Call("BITFIELD", "untold", "OVERFLOW", "FAIL", "INCRBY", "u1", "0", "5");
        Assert.Equal(":1", master.Call("WAIT", "1", "0"));
        Assert.Equal(":1", master.Call("EXISTS", "untold"));
        Assert.Equal(":0", client.Call("EXISTS", "untold"));
        Assert.Equal("+OK", master.Call("RENAME", "untold", "told"));
        Dataset.Await(master, client);
        Assert.Equal(":1", client.Call("EXISTS", "told"));
        node.AwaitLog("its command RENAME of the key \"untold\" cannot be applied");
    });

    [Fact]
    public void A_transaction_without_its_end_comes_again() => NodeUnderTest.Run(Place, node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        master.SendSnapshot(1000, FakeMaster.Rdb(FakeMaster.Pair("a", "1")));
        byte[] set = FakeMaster.Request("SET", "a", "2");
        master.Send(set);
        master.Send(FakeMaster.Request("MULTI"));
        master.Send(FakeMaster.Request("APPEND", "a", "3"));
        master.AwaitPosition(1000 + set.Length);
        Assert.Equal("$1\r\n2\r\n", client.Call("GET", "a"));
        master.Hang();
        Assert.Equal([FakeMaster.History, (1001 + set.Length).ToString()], master.Greet());
        master.Send("+CONTINUE\r\n");
        byte[] rest = [.. FakeMaster.Request("MULTI"), .. FakeMaster.Request("APPEND", "a", "3"), .. FakeMaster.Request("EXEC"),
            .. FakeMaster.Request("REPLCONF", "GETACK", "*")];
        master.Send(rest);
        master.AwaitPosition(1000 + set.Length + rest.Length);
        Assert.Equal("$2\r\n23\r\n", client.Call("GET", "a"));
    });

    [Fact]
    public void Other_types_are_left_out_when_that_is_asked_for() => NodeUnderTest.Run(Place, node =>
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        using RespClient client = new(node);
        Assert.Equal(":1", master.Call("LPUSH", "list", "x"));
        Assert.Equal(":1", master.Call("HSET", "hash", "x", "y"));
        Assert.Equal("+OK", master.Call("SET", "string", "x"));
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", stock.PortText));
        Dataset.Await(master, client);
        Assert.Equal(":2", master.Call("RPUSH", "list", "x"));
        Assert.Equal("+OK", master.Call("SET", "list", "now a string"));
        Dataset.Await(master, client);
        Assert.Equal("$12\r\nnow a string\r\n", client.Call("GET", "list"));
        Assert.Equal("$-1", client.Call("GET", "hash"));
        node.AwaitLog("left out 2 that are no strings");
    }, "--replica-skip-other-types");

    [Fact]
    public void The_other_protocols_refuse_writes_and_name_the_master() => NodeUnderTest.Run(Place, node =>
    {
        using FakeMaster master = new();
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "own", "data"));
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        using TcpClient http = new("127.0.0.1", node.Port);
        http.GetStream().Write(
            Encoding.ASCII.GetBytes("PUT /kv/own HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"));
        string reply = new StreamReader(http.GetStream()).ReadToEnd();
        Assert.StartsWith("HTTP/1.1 403 Forbidden\r\n", reply, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:" + master.PortText, reply, StringComparison.Ordinal);
        using RespClient reader = new(node);
        reader.SendRaw("GET /kv/own HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal("HTTP/1.1 200 OK", reader.Line());
        Assert.Equal("$4\r\ndata\r\n", client.Call("GET", "own"));
    });

    private static string Announced(string text) => "+FULLRESYNC " + FakeMaster.History + " 1000\r\n" + text;

    private static string Sized(byte[] rdb) => "$" + rdb.Length + "\r\n" + Encoding.Latin1.GetString(rdb);

    private static string Marked(byte[] rdb) => "$EOF:" + FakeMaster.History + "\r\n" + Encoding.Latin1.GetString(rdb) + FakeMaster.History;

    private static string Command(params string[] arguments) => Encoding.Latin1.GetString(FakeMaster.Request(arguments));
}
