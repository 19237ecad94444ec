using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Single answers that were not those of redis-server 7.0.15; the expected ones are.</summary>
public sealed class RespAnswerTests
{
    private const string Place = "adaptive edge";

    [Fact]
    public void Connections_are_listed_in_the_order_in_which_they_came() => NodeUnderTest.Run(Place, node =>
    {
        List<RespClient> clients = [];
        for (int i = 0; i < 12; i++)
        {
            clients.Add(new RespClient(node));
            Assert.Equal("+PONG", clients[i].Call("PING"));
        }

        // Their slots are taken again by younger ones.
        foreach (int index in (int[])[7, 2, 5, 0])
        {
            clients[index].Dispose();
            clients.RemoveAt(index);
        }

        NodeUnderTest.Until(() => Listed(clients[0]).Count == 8, "the closed connections are gone");
        for (int i = 0; i < 6; i++)
        {
            clients.Add(new RespClient(node));
            Assert.Equal("+PONG", clients[^1].Call("PING"));
        }

        List<long> listed = Listed(clients[3]);
        List<long> expected = [];
        foreach (RespClient client in clients)
        {
            expected.Add(long.Parse(client.Call("CLIENT", "ID").AsSpan(1)));
        }

        Assert.Equal(expected, listed);
        clients.ForEach(client => client.Dispose());
    });

    [Theory]
    [InlineData("0", "allkeys-lru", true)]
    [InlineData("100mb", "noeviction", true)]
    [InlineData("100mb", "allkeys-random", true)]
    [InlineData("100mb", "volatile-ttl", true)]
    [InlineData("100mb", "allkeys-lru", false)]
    [InlineData("100mb", "volatile-lru", false)]
    [InlineData("100mb", "volatile-lfu", false)]
    public void Small_numbers_are_not_shared_where_each_key_has_its_own_clock(string maximum, string policy, bool shared) =>
        NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory", maximum, "maxmemory-policy", policy));
        _ = client.Call("SET", "a", "1");
        Assert.Equal(shared ? ":2147483647" : ":1", client.Call("OBJECT", "REFCOUNT", "a"));
    });

    [Fact]
    public void COPY_counts_and_publishes_what_it_finds_and_misses() => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient subscriber = new(node);
            using RespClient client = new(node);
            _ = subscriber.Call("SUBSCRIBE", "__keyevent@0__:keymiss");
            _ = client.Call("SET", "a", "1");
            Assert.Equal(":0", client.Call("COPY", "missing", "b"));
            Assert.Equal("*3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:keymiss\r\n$7\r\nmissing\r\n", subscriber.Reply());
            Assert.Equal(":1", client.Call("COPY", "a", "b"));
            Assert.Equal("-ERR no such key", client.Call("RENAME", "missing", "b"));
            Assert.Contains("\r\nkeyspace_hits:1\r\nkeyspace_misses:1\r\n", client.Value("INFO", "stats"));
        },
        "--notify-keyspace-events", "Em");

    [Theory]
    [InlineData("POST / HTTP\r\n")]
    [InlineData("Host: x\r\n")]
    [InlineData("hOsT:\r\n")]
    [InlineData("*1\r\n$4\r\npost\r\n")]
    [InlineData("*2\r\n$5\r\nHOST:\r\n$1\r\nx\r\n")]
    public void Lines_of_HTTP_end_the_connection_without_an_answer(string line) => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "a", "1"));
        client.SendRaw(line + "SET a 2\r\n");
        Assert.True(client.Client.EndsWithin());
        using RespClient other = new(node);
        Assert.Equal("1", other.Value("GET", "a"));
    });

    [Theory]
    [InlineData("\tPING\t\r\n")]
    [InlineData("\vPING\r\n")]
    [InlineData("\fPING\r\n")]
    [InlineData(" \t\v\f PING\r\n")]
    [InlineData("\r\n\tPING\n")]
    public void Inline_commands_may_be_indented_by_any_white_space(string line) => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        client.SendRaw(line);
        Assert.Equal("+PONG", client.Reply());
        client.SendRaw(line);
        Assert.Equal("+PONG", client.Reply());
    });

    [Fact]
    public void Tracking_is_off() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Check(client, "CLIENT UNBLOCK 5", ":0");
        Check(client, "CLIENT UNBLOCK 5 ERROR", ":0");
        Check(client, "CLIENT UNBLOCK 5 FOO", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        Check(client, "CLIENT UNBLOCK x", "-ERR value is not an integer or out of range");
        Check(client, "CLIENT UNBLOCK 1 2 3", "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP.");
        Check(client, "CLIENT GETREDIR", ":-1");
        Check(client, "CLIENT CACHING YES",
            "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled");
        Check(client, "CLIENT CACHING", "-ERR wrong number of arguments for 'client|caching' command");
        Check(client, "CLIENT TRACKINGINFO", "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n");
        _ = client.Call("HELLO", "3");
        Check(client, "CLIENT TRACKINGINFO", "%3\r\n$5\r\nflags\r\n~1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n");
    });

    [Fact]
    public void There_is_no_cluster() => NodeUnderTest.Run(Place, node =>
    {
        const string disabled = "-ERR This instance has cluster support disabled";
        using RespClient client = new(node);
        foreach (string command in (
            string[])["READONLY", "READWRITE", "ASKING", "CLUSTER INFO", "cluster slots", "CLUSTER HELP", "CLUSTER KEYSLOT a",
            "CLUSTER FAILOVER", "CLUSTER ADDSLOTS 1 2 3"])
        {
            Check(client, command, disabled);
        }

        Check(client, "CLUSTER", "-ERR wrong number of arguments for 'cluster' command");
        Check(client, "CLUSTER KEYSLOT", "-ERR wrong number of arguments for 'cluster|keyslot' command");
        Check(client, "CLUSTER NODES x", "-ERR wrong number of arguments for 'cluster|nodes' command");
        Check(client, "CLUSTER FOO", "-ERR unknown subcommand 'FOO'. Try CLUSTER HELP.");
        Check(client, "READONLY x", "-ERR wrong number of arguments for 'readonly' command");
        Check(client, "MULTI", "+OK");
        Check(client, "READONLY", "+QUEUED");
        Check(client, "EXEC", "*1\r\n" + disabled + "\r\n");
    });

    [Fact]
    public void Documentation_has_arguments_and_remarks() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        _ = client.Call("HELLO", "3");
        Check(client, "COMMAND DOCS GETSET", "%1\r\n$6\r\ngetset\r\n%8\r\n$7\r\nsummary\r\n$54\r\nSet the string value of a key and return its old value\r\n$5\r\nsince\r\n$5\r\n1.0.0\r\n$5\r\ngroup\r\n$6\r\nstring\r\n$10\r\ncomplexity\r\n$4\r\nO(1)\r\n$9\r\ndoc_flags\r\n~1\r\n+deprecated\r\n$16\r\ndeprecated_since\r\n$5\r\n6.2.0\r\n$11\r\nreplaced_by\r\n$30\r\n`SET` with the `!GET` argument\r\n$9\r\narguments\r\n*2\r\n%3\r\n$4\r\nname\r\n$3\r\nkey\r\n$4\r\ntype\r\n$3\r\nkey\r\n$14\r\nkey_spec_index\r\n:0\r\n%2\r\n$4\r\nname\r\n$5\r\nvalue\r\n$4\r\ntype\r\n$6\r\nstring\r\n");
        string kill = client.Call("COMMAND", "DOCS", "CLIENT|KILL");
        Assert.Contains("*2\r\n$6\r\n2.8.12\r\n$12\r\n`ID` option.\r\n", kill, StringComparison.Ordinal);
        Assert.Contains("%5\r\n$4\r\nname\r\n$9\r\nclient-id\r\n$4\r\ntype\r\n$7\r\ninteger\r\n$5\r\ntoken\r\n$2\r\nID\r\n$5\r\nsince\r\n$6\r\n2.8.12\r\n$5\r\nflags\r\n~1\r\n+optional\r\n", kill, StringComparison.Ordinal);
        Assert.Contains("$4\r\nname\r\n$6\r\nmaster\r\n$4\r\ntype\r\n$10\r\npure-token\r\n$5\r\ntoken\r\n$6\r\nMASTER\r\n$5\r\nsince\r\n$5\r\n3.2.0\r\n", kill, StringComparison.Ordinal);
    });

    private static List<long> Listed(RespClient client)
    {
        List<long> numbers = [];
        foreach (Match line in Regex.Matches(client.Value("CLIENT", "LIST")!, @"^id=(\d+) ", RegexOptions.Multiline))
        {
            numbers.Add(long.Parse(line.Groups[1].Value));
        }

        return numbers;
    }

    private static void Check(RespClient client, string command, string expected) =>
        Assert.Equal(expected, client.Call(command.Split(' ')));
}
