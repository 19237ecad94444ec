using System;

using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>SELECT, MOVE, COPY … DB, SWAPDB, and what else a client sees of databases.</summary>
public sealed class DatabaseTests
{
    private const string Place = "adaptive edge";

    [Fact]
    public void Connections_are_at_the_database_they_chose() => NodeUnderTest.RunEverywhereAndPublished(node =>
    {
        using RespClient zero = new(node);
        using RespClient one = new(node);
        Assert.Equal("+OK", one.Call("SELECT", "1"));
        Assert.Equal("+OK", zero.Call("SET", "key", "zero"));
        Assert.Equal("+OK", one.Call("SET", "key", "one"));
        Assert.Equal("zero", zero.Value("GET", "key"));
        Assert.Equal("one", one.Value("GET", "key"));

        // In one pipeline, there and back.
        one.SendRaw("GET key\r\nSELECT 0\r\nGET key\r\nSELECT 15\r\nGET key\r\nDBSIZE\r\nSELECT 1\r\nDBSIZE\r\n");
        foreach (string reply in (string[])["$3\r\none\r\n", "+OK", "$4\r\nzero\r\n", "+OK", "$-1", ":0", "+OK", ":1"])
        {
            Assert.Equal(reply, one.Reply());
        }

        Assert.Equal("-ERR DB index is out of range", one.Call("SELECT", "16"));
        Assert.Equal("-ERR DB index is out of range", one.Call("SELECT", "-1"));
        Assert.Equal("-ERR value is not an integer or out of range", one.Call("SELECT", "x"));
        Assert.Equal("one", one.Value("GET", "key"));
        Assert.Equal("+RESET", one.Call("RESET"));
        Assert.Equal("zero", one.Value("GET", "key"));
        Assert.Equal("zero", new HttpConnectionValue(node).Get("key"));
    });

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Memory_statistics_name_the_databases_that_have_keys(int version) => NodeUnderTest.Run(Place, node =>
    {
        const string overhead = "$23\r\noverhead.hashtable.main\r\n:0\r\n$26\r\noverhead.hashtable.expires\r\n:0\r\n$31\r\noverhead.hashtable.slot-to-keys\r\n:0\r\n";
        using RespClient client = new(node);
        _ = client.Call("HELLO", version.ToString(System.Globalization.CultureInfo.InvariantCulture));
        (string map, string inner) = version == 3 ? ("%", "%3\r\n") : ("*", "*6\r\n");
        string none = client.Call("MEMORY", "STATS");
        Assert.StartsWith(map + (version == 3 ? 27 : 54) + "\r\n", none, StringComparison.Ordinal);
        Assert.DoesNotContain("$4\r\ndb.", none, StringComparison.Ordinal);
        _ = client.Call("SELECT", "1");
        _ = client.Call("MSET", "a", "1", "b", "2");
        _ = client.Call("SELECT", "12");
        _ = client.Call("SET", "a", "1");
        string two = client.Call("MEMORY", "STATS");
        Assert.StartsWith(map + (version == 3 ? 29 : 58) + "\r\n", two, StringComparison.Ordinal);
        Assert.Contains("$4\r\ndb.1\r\n" + inner + overhead + "$5\r\ndb.12\r\n" + inner + overhead + "$14\r\noverhead.total\r\n", two,
            StringComparison.Ordinal);
        Assert.Contains("$10\r\nkeys.count\r\n:3\r\n", two, StringComparison.Ordinal);
    });

    [Fact]
    public void Emptying_one_database_leaves_the_others() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        for (int database = 0; database < 3; database++)
        {
            _ = client.Call("SELECT", database.ToString(System.Globalization.CultureInfo.InvariantCulture));
            _ = client.Call("MSET", "a", "1", "b", "2", "c", "3");
        }

        _ = client.Call("SELECT", "1");
        Assert.Equal("+OK", client.Call("FLUSHDB"));
        Assert.Equal(":0", client.Call("DBSIZE"));
        Assert.DoesNotContain("db1:", client.Value("INFO", "keyspace"), StringComparison.Ordinal);
        Assert.Contains("db0:keys=3,expires=0,avg_ttl=0\r\ndb2:keys=3,", client.Value("INFO", "keyspace"), StringComparison.Ordinal);
        _ = client.Call("SELECT", "2");
        Assert.Equal(":3", client.Call("DBSIZE"));
        Assert.StartsWith("*2\r\n$1\r\n0\r\n*3\r\n", client.Call("SCAN", "0", "COUNT", "100"), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("FLUSHALL"));
        Assert.Equal("# Keyspace\r\n", client.Value("INFO", "keyspace"));
        Assert.Equal("$-1", client.Call("RANDOMKEY"));
    });

    [Fact]
    public void Keys_move_and_are_copied_from_one_database_to_another() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        string large = new('x', 200_000);
        Assert.Equal("+OK", client.Call("SET", "key", "value", "PXAT", "99999999999999"));
        Assert.Equal("+OK", client.Call("SET", "large", large));
        Assert.Equal(":1", client.Call("MOVE", "key", "3"));
        Assert.Equal(":0", client.Call("MOVE", "key", "3"));
        Assert.Equal(":1", client.Call("COPY", "large", "copy", "DB", "3"));
        Assert.Equal(":1", client.Call("COPY", "large", "large", "DB", "3"));
        Assert.Equal(":0", client.Call("COPY", "large", "copy", "DB", "3"));
        Assert.Equal(":1", client.Call("COPY", "large", "copy", "DB", "3", "REPLACE"));
        Assert.Equal("-ERR source and destination objects are the same", client.Call("MOVE", "large", "0"));
        Assert.Equal("-ERR DB index is out of range", client.Call("MOVE", "large", "16"));
        Assert.Equal(":1", client.Call("APPEND", "new", "x"));
        _ = client.Call("SELECT", "3");
        Assert.Equal("value", client.Value("GET", "key"));
        Assert.Equal(":99999999999999", client.Call("PEXPIRETIME", "key"));
        Assert.Equal(large, client.Value("GET", "copy"));
        Assert.Equal(":200001", client.Call("APPEND", "copy", "y"));
        Assert.Equal(large, client.Value("GET", "large"));
        Assert.Equal(":0", client.Call("MOVE", "large", "0"));
        Assert.Equal(":3", client.Call("DBSIZE"));
    });

    [Fact]
    public void Databases_are_swapped_for_all_connections() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient zero = new(node);
        using RespClient one = new(node);
        _ = one.Call("SELECT", "1");
        _ = zero.Call("SET", "key", "zero");
        Assert.Equal("+OK", one.Call("SWAPDB", "0", "1"));
        Assert.Equal("zero", one.Value("GET", "key"));
        Assert.Null(zero.Value("GET", "key"));
        Assert.Equal("+OK", one.Call("SWAPDB", "1", "1"));
        Assert.Equal("-ERR invalid first DB index", one.Call("SWAPDB", "x", "1"));
        Assert.Equal("-ERR invalid second DB index", one.Call("SWAPDB", "1", "x"));
        Assert.Equal("-ERR DB index is out of range", one.Call("SWAPDB", "0", "16"));
    });

    [Fact]
    public void A_transaction_may_go_from_one_database_to_another() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        _ = other.Call("SELECT", "2");
        Assert.Equal("+OK", client.Call("SELECT", "1"));
        Assert.Equal("+OK", client.Call("WATCH", "key"));
        Assert.Equal("+OK", other.Call("SET", "key", "elsewhere"));
        foreach (string[] command in (
            string[][])[["MULTI"], ["SET", "key", "one"], ["SELECT", "2"], ["GET", "key"], ["FLUSHDB"], ["SET", "key", "two"],
            ["SELECT", "9"]])
        {
            Assert.StartsWith("+", client.Call(command), StringComparison.Ordinal);
        }

        Assert.Equal("*6\r\n+OK\r\n+OK\r\n$9\r\nelsewhere\r\n+OK\r\n+OK\r\n+OK\r\n", client.Call("EXEC"));
        Assert.Equal(":0", client.Call("DBSIZE"));
        Assert.Equal("two", other.Value("GET", "key"));

        // The next one sees that its key was swapped away.
        _ = client.Call("SELECT", "1");
        Assert.Equal("+OK", client.Call("WATCH", "key"));
        Assert.Equal("+OK", other.Call("SWAPDB", "1", "7"));
        Assert.Equal("+OK", client.Call("MULTI"));
        Assert.Equal("+QUEUED", client.Call("PING"));
        Assert.Equal("*-1", client.Call("EXEC"));
    });

    [Fact]
    public void The_number_is_in_events_and_in_what_operators_see() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        using RespClient subscriber = new(node);
        using RespClient monitor = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "notify-keyspace-events", "KEA"));
        Assert.Equal("*2\r\n$9\r\ndatabases\r\n$2\r\n16\r\n", client.Call("CONFIG", "GET", "databases"));
        Assert.StartsWith("-ERR", client.Call("CONFIG", "SET", "databases", "3"), StringComparison.Ordinal);
        _ = subscriber.Call("PSUBSCRIBE", "__key*");
        Assert.Equal("+OK", monitor.Call("MONITOR"));
        Assert.Equal("+OK", client.Call("SELECT", "11"));
        Assert.Contains(" [11 ", monitor.Reply(), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("SET", "key", "v"));
        Assert.Contains(" [11 ", monitor.Reply(), StringComparison.Ordinal);
        Assert.Contains("__keyspace@11__:key\r\n$3\r\nset", subscriber.Reply(), StringComparison.Ordinal);
        Assert.Contains("__keyevent@11__:set\r\n$3\r\nkey", subscriber.Reply(), StringComparison.Ordinal);
        Assert.Equal(":1", client.Call("MOVE", "key", "4"));
        foreach (string word in (
            string[])["__keyspace@11__:key\r\n$9\r\nmove_from", "__keyevent@11__:move_from", "__keyspace@4__:key\r\n$7\r\nmove_to",
            "__keyevent@4__:move_to"])
        {
            Assert.Contains(word, subscriber.Reply(), StringComparison.Ordinal);
        }

        Assert.Contains(" db=11 ", client.Value("CLIENT", "LIST"), StringComparison.Ordinal);
        Assert.Contains(" db=0 ", client.Value("CLIENT", "LIST"), StringComparison.Ordinal);
    });

    [Fact]
    public void Keys_expire_in_every_database_without_being_asked_for() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        _ = client.Call("SELECT", "6");
        Assert.Equal("+OK", client.Call("SET", "key", "v", "PX", "50"));
        NodeUnderTest.Until(() => client.Call("DBSIZE") == ":0", "it expires");
    });

    [Fact]
    public void There_are_as_many_as_the_option_says() => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SELECT", "1"));
            Assert.Equal("-ERR DB index is out of range", client.Call("SELECT", "2"));
            Assert.Equal("*2\r\n$9\r\ndatabases\r\n$1\r\n2\r\n", client.Call("CONFIG", "GET", "databases"));
        },
        "--databases", "2");

    // HTTP is in database 0.
    private sealed class HttpConnectionValue(NodeUnderTest node)
    {
        public string Get(string key)
        {
            using HttpConnection http = new(node);
            return http.Get("/kv/" + key).Text;
        }
    }
}
