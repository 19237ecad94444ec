using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A replica with a data directory: its log is its master's stream.</summary>
[Trait("Category", "Replication")]
public sealed class LoggedReplicaTests : IDisposable
{
    private const string Place = "published adaptive edge";

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_log_has_the_stream_byte_by_byte_and_a_restart_has_the_data()
    {
        byte[] stream =
        [
            .. FakeMaster.Request("SELECT", "3"), .. FakeMaster.Request("SET", "a", "2", "PXAT", "99999999999999"),
            .. FakeMaster.Request("PING"), .. FakeMaster.Request("del", "missing"), .. FakeMaster.Request("APPEND", "a", "3"),
            .. FakeMaster.Request("MULTI"), .. FakeMaster.Request("SET", "b", "1"), .. FakeMaster.Request("PUBLISH", "c", "m"),
            .. FakeMaster.Request("INCR", "b"), .. FakeMaster.Request("EXEC"), .. FakeMaster.Request("SCRIPT", "FLUSH"),
            .. FakeMaster.Request("SET", "long", new string('x', 300_000)), .. FakeMaster.Request("COPY", "a", "d", "DB", "0"),
        ];
        const long begin = 123456;
        NodeUnderTest.Run(Place, node =>
        {
            using FakeMaster master = new();
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "own", "1"));
            Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
            master.SendSnapshot(begin, FakeMaster.Rdb(FakeMaster.Pair("k", "1")));
            master.Send(stream);
            master.AwaitPosition(begin + stream.Length);
            Assert.Equal("$1\r\n1\r\n", client.Call("GET", "k"));
            Assert.Equal("$-1", client.Call("GET", "own"));
            NodeUnderTest.Until(() => Records().Length == stream.Length);
            Assert.Equal(stream, Records());

            // The log is written anew in the middle of database 3.
            Assert.StartsWith("+", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1", "the log is written anew");
            byte[] more = FakeMaster.Request("APPEND", "a", "4");
            master.Send(more);
            master.AwaitPosition(begin + stream.Length + more.Length);
            NodeUnderTest.Until(() => Records().AsSpan().SequenceEqual(more));
        }, "--data", Data);
        NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("$1\r\n1\r\n", client.Call("GET", "k"));
            Assert.Equal("$2\r\n23\r\n", client.Call("GET", "d"));
            Assert.Equal("+OK", client.Call("SELECT", "3"));
            Assert.Equal("$3\r\n234\r\n", client.Call("GET", "a"));
            Assert.Equal("$1\r\n2\r\n", client.Call("GET", "b"));
            Assert.Equal(":300000", client.Call("STRLEN", "long"));
        }, "--data", Data);
    }

    [Fact]
    public void A_stock_master_is_followed_and_left_again()
    {
        using StockMaster stock = new();
        using RespClient master = stock.Connect();
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal("+OK", master.Call("SET", "key" + i, "value", "PX", "1000000" + i));
        }

        NodeUnderTest.Run(Place, node =>
        {
            using RespClient replica = new(node);
            Dataset.Await(master, replica);
            Dataset.AssertEqual(master, replica, 2);
            for (int i = 0; i < 1000; i++)
            {
                _ = master.Call("APPEND", "key" + (i % 100), "tail");
            }

            Assert.Equal(":1", master.Call("CLIENT", "KILL", "TYPE", "replica"));
            Assert.Equal("+OK", master.Call("SELECT", "1"));
            Assert.Equal("+OK", master.Call("SET", "one", "1"));
            Assert.Equal("+OK", master.Call("SELECT", "0"));
            Dataset.Await(master, replica);
            Dataset.AssertEqual(master, replica, 2);
            Assert.Equal("1", master.Information("stats", "sync_partial_ok"));
            Assert.Equal("+OK", replica.Call("REPLICAOF", "NO", "ONE"));
            Assert.Equal("+OK", replica.Call("SET", "key1", "own"));
            Assert.Equal("+OK", master.Call("SET", "key1", "own"));
        }, "--replica-of", stock.Text, "--data", Data);
        NodeUnderTest.Run(Place, node =>
        {
            using RespClient replica = new(node);
            Dataset.AssertEqual(master, replica, 2);
        }, "--data", Data);
    }

    // What the last increment holds, without the lines that describe its blocks.
    private byte[] Records()
    {
        string name = Directory.GetFiles(Path.Combine(Data, "appendonlydir"), "*.incr.aof").Order(StringComparer.Ordinal).Last();
        byte[] file = File.ReadAllBytes(name);
        List<byte> records = [];
        int at = 0;
        while (at < file.Length)
        {
            int end = Array.IndexOf(file, (byte)'\n', at);
            string line = Encoding.ASCII.GetString(file, at, end - at);
            Assert.StartsWith("#HDR:v1;", line, StringComparison.Ordinal);
            int length = int.Parse(line.Split("len:")[1].Split(';')[0]);
            records.AddRange(file.AsSpan(end + 1, Math.Min(length, file.Length - end - 1)));
            at = end + 1 + length;
        }

        return [.. records];
    }
}
