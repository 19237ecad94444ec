using System;
using System.Globalization;
using System.Linq;
using Epollsrv.Store;
using Epollsrv.Tests.Differential;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Flags and uniques of memcached's items at replicas.</summary>
[Trait("Category", "Replication")]
public sealed class ItemReplicationTests : IDisposable
{
    private const string Place = "adaptive edge";

    private static readonly string[] _keys = ["before", "flags", "asked", "long", "cut", "appended", "after"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Replicas_and_their_replicas_have_them_and_one_that_is_promoted_goes_on(bool keepsData) => Start("one", keepsData, one
        => Start("two", keepsData, two => Start("three", keepsData, three =>
        {
            using RespClient first = new(one);
            using RespClient second = new(two);
            using RespClient third = new(three);
            NodeItems items = new(one);
            NodeItems copies = new(two);
            NodeItems others = new(three);
            items.Put("before", "1", new ItemFields(1));
            _ = items.Assign("before");
            items.Put("cut", "1", new ItemFields(2));
            Follow(second, one);
            Follow(third, two);
            items.Put("flags", "1", new ItemFields(uint.MaxValue), 99_999_999_999_999);
            items.Put("appended", "1", new ItemFields(8, 9), 99_999_999_999_999);
            items.Append("appended", "2");
            items.Put("asked", "1", default);
            _ = items.Assign("asked");
            items.Put("long", new string('x', 200_000), new ItemFields(4, 5, ItemState.WinSent));
            Compare();

            // Links that are cut go on where they were.
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(":1", first.Call("CLIENT", "KILL", "TYPE", "replica"));
                items.Put("cut", i.ToString(CultureInfo.InvariantCulture), new ItemFields((uint)i + 3));
                items.Set("cut", new ItemFields(7, items.Assign("cut"), ItemState.Stale));
                Compare();
            }

            Assert.Equal("1", first.Information("stats", "sync_full"));
            Assert.Equal("1", second.Information("stats", "sync_full"));

            // Nothing is assigned by a replica.
            Assert.Equal(0UL, copies.Assign("flags"));
            ulong last = (ulong)one.Node.Store.Uniques.Last;
            Assert.Equal("+OK", second.Call("REPLICAOF", "NO", "ONE"));
            NodeUnderTest.Until(() => second.Call("SET", "own", "1") == "+OK", "the replica is a master");
            copies.Put("after", "1", default);
            Assert.True(copies.Assign("after") > last + 1_000_000_000);
            StoreComparison.Check(two, three);
            Assert.Equal(copies.Show(_keys), others.Show(_keys));

            void Compare()
            {
                StoreComparison.Check(one, two);
                StoreComparison.Check(two, three);
                Assert.Equal(items.Show(_keys), copies.Show(_keys));
                Assert.Equal(items.Show(_keys), others.Show(_keys));
            }
        })));

    [Fact]
    public void A_replica_with_a_directory_has_them_after_a_restart()
    {
        string[] expected = [];
        Start("one", false, one =>
        {
            NodeItems items = new(one);
            items.Put("before", "1", new ItemFields(1));
            Start("two", true, two =>
            {
                using RespClient second = new(two);
                Follow(second, one);
                items.Put("flags", "1", new ItemFields(2));
                _ = items.Assign("before");
                StoreComparison.Check(one, two);
                expected = items.Show(_keys);
            });
        });
        Start("two", true, two => Assert.Equal(expected, new NodeItems(two).Show(_keys)));
    }

    /// <summary>Valkey as well, where scripts/valkey.sh could get it. Behind it, a node gets the stream as it was.</summary>
    [Fact]
    public void A_stock_server_follows_and_a_node_behind_it_gets_them()
    {
        foreach (string program in DirectoryExchange.Servers)
        {
            using StockMaster stock = StockMaster.Of(program);
            Start("one" + stock.PortText, true, one => Start("two" + stock.PortText, true, two =>
            {
                using RespClient first = new(one);
                using RespClient middle = stock.Connect();
                using RespClient second = new(two);
                NodeItems items = new(one);
                items.Put("before", "1", new ItemFields(1));
                _ = items.Assign("before");
                Follow(middle, one);
                Assert.Equal("+OK", second.Call("REPLICAOF", "127.0.0.1", stock.PortText));
                NodeUnderTest.Until(() => StoreComparison.Field(second, "master_link_status") == "up", "the link is up");
                items.Put("flags", "1", new ItemFields(2), 99_999_999_999_999);
                items.Put("appended", "1", new ItemFields(8, 9), 99_999_999_999_999);
                items.Append("appended", "2");
                items.Put("asked", "1", default);
                _ = items.Assign("asked");
                items.Put("long", new string('x', 200_000), new ItemFields(4));
                NodeUnderTest.Until(() => StoreComparison.Field(middle, "master_repl_offset")
                    == StoreComparison.Field(first, "master_repl_offset"));
                NodeUnderTest.Until(() => StoreComparison.Field(second, "slave_repl_offset")
                    == StoreComparison.Field(middle, "master_repl_offset"));
                string[] after = [.. _keys.Where(key => key != "before")];
                Assert.Equal(items.Show(after), new NodeItems(two).Show(after));
                Assert.Equal("before=1 until 0 flags 0 unique 0 None", new NodeItems(two).Show("before"));
                Assert.Equal("$1\r\n1\r\n", middle.Call("GET", "before"));
                Assert.Equal(":99999999999999", middle.Call("PEXPIRETIME", "flags"));
                Assert.Equal("$2\r\n12\r\n", middle.Call("GET", "appended"));
                Assert.Equal("1", first.Information("stats", "sync_full"));
                Assert.DoesNotContain("rror", stock.Report, StringComparison.Ordinal);
            }));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stream_that_is_cut_between_the_fields_and_the_command_is_asked_for_from_before_both(bool keepsData)
        => Start("one", keepsData, node =>
        {
            const long begin = 1000;
            byte[] echo = FakeMaster.Request("ECHO", "epollsrv:item 5 6 0");
            byte[] set = FakeMaster.Request("SET", "flags", "1");
            byte[] ping = FakeMaster.Request("PING");
            using FakeMaster master = new();
            using RespClient client = new(node);
            NodeItems items = new(node);
            Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
            master.SendSnapshot(begin, FakeMaster.Rdb());
            master.Send(ping);
            master.AwaitPosition(begin + ping.Length);
            master.Send(echo);
            master.Send(set[..^1]);
            NodeUnderTest.Until(() => node.Node.Replication.IsUnfinished, "the fields have come");
            master.Hang();
            string[] asked = master.Greet();
            Assert.Equal([FakeMaster.History, (begin + ping.Length + 1).ToString(CultureInfo.InvariantCulture)], asked);
            Assert.Equal("flags is missing", items.Show("flags"));
            master.Send("+CONTINUE\r\n");
            master.Send(echo);
            master.Send(set);
            master.AwaitPosition(begin + ping.Length + echo.Length + set.Length);
            Assert.Equal("flags=1 until 0 flags 5 unique 6 None", items.Show("flags"));

            // What belongs to no key moves the position as anything else.
            master.Send(echo);
            master.Send(ping);
            master.Send(set);
            master.AwaitPosition(begin + (2 * (ping.Length + echo.Length + set.Length)));
            Assert.Equal("flags=1 until 0 flags 0 unique 0 None", items.Show("flags"));
        });

    [Fact]
    public void A_client_s_echo_does_nothing() => Start("one", true, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("$19\r\nepollsrv:item 5 6 0\r\n", client.Call("ECHO", "epollsrv:item 5 6 0"));
        Assert.Equal("+OK", client.Call("SET", "flags", "1"));
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("ECHO", "epollsrv:item 5 6 0"));
        Assert.Equal("+QUEUED", client.Call("SET", "after", "1"));
        Assert.StartsWith("*2", client.Call("EXEC"), StringComparison.Ordinal);
        Assert.Equal(["flags=1 until 0 flags 0 unique 0 None", "after=1 until 0 flags 0 unique 0 None"],
            new NodeItems(node).Show(["flags", "after"]));
    });

    private static void Follow(RespClient replica, InProcessNode master)
    {
        Assert.Equal("+OK", replica.Call("REPLICAOF", "127.0.0.1", master.Port.ToString(CultureInfo.InvariantCulture)));
        NodeUnderTest.Until(() => StoreComparison.Field(replica, "master_link_status") == "up", "the link is up");
    }

    private void Start(string name, bool keepsData, Action<InProcessNode> body) => NodeUnderTest.Run(
        Place, node => body((InProcessNode)node), keepsData ? ["--data", _folder[name]] : []);
}
