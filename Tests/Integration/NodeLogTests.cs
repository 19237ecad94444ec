using System;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What the published program logs of connections, passwords, settings and replicas.</summary>
public sealed class NodeLogTests
{
    private const string Place = "published adaptive edge";

    [Fact]
    public void Json_lines_of_level_debug_show_a_connection_from_its_beginning_to_its_end() => NodeUnderTest.Run(Place, node =>
    {
        using (RespClient client = new(node))
        {
            Assert.Equal("+PONG", client.Call("PING"));
        }

        node.AwaitLog("ended by the peer");
        JsonElement[] lines = [.. node.LogText.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith('{')).Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement opened = Assert.Single(lines, line => Message(line).StartsWith("connection 1 opened from ", StringComparison.Ordinal));
        Assert.Equal("debug", opened.GetProperty("level").GetString());
        Assert.Equal(1, opened.GetProperty("connection").GetInt64());
        Assert.Matches("^127.0.0.1:[0-9]+$", opened.GetProperty("peer").GetString());
        JsonElement closed = Assert.Single(lines, line => line.TryGetProperty("reason", out _));
        Assert.Matches("^connection 1 closed after [0-9]+ ms: ended by the peer$", Message(closed));
        Assert.Contains(lines, line => Message(line).StartsWith("ready on ", StringComparison.Ordinal));
    }, "--log-format", "json", "--log-level", "debug");

    [Fact]
    public void Level_info_says_nothing_of_connections() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "timeout", "100"));
        node.AwaitLog("CONFIG SET by");
        Assert.DoesNotContain("connection", node.LogText, StringComparison.Ordinal);
    });

    [Fact]
    public void Config_set_is_logged_with_the_client_and_without_passwords() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "MaxMemory", "100mb", "requirepass", "hush-1", "masterauth", "hush-2"));
        node.AwaitLog("CONFIG SET by");
        Assert.Matches(
            "info CONFIG SET by 127.0.0.1:[0-9]+: maxmemory 100mb, requirepass \\(not shown\\), masterauth \\(not shown\\)", node.LogText);
        for (int i = 0; i < 100; i++)
        {
            client.Send("CONFIG", "SET", "timeout", "5");
        }

        for (int i = 0; i < 100; i++)
        {
            Assert.Equal("+OK", client.Reply());
        }

        // The limit is by the second. The line that counts the rest comes with the first command after it.
        NodeUnderTest.Until(() => client.Call("CONFIG", "SET", "timeout", "6") == "+OK"
            && node.LogText.Contains(" more such events had no line", StringComparison.Ordinal));
        Assert.DoesNotContain("hush", node.LogText, StringComparison.Ordinal);
    });

    [Fact]
    public void A_wrong_password_is_counted_over_every_protocol_and_its_line_names_the_protocol()
    {
        int memcached = RingProcesses.FreePort();
        NodeUnderTest.Run(
            Place,
            node =>
            {
                using HttpConnection http = new(node);
                Assert.Equal(401, http.Exchange("GET /kv/k HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer not-it\r\n\r\n").Status);
                node.AwaitLog("a wrong password from 127.0.0.1 over HTTP");
                using RespClient resp = new(node);
                Assert.StartsWith("-WRONGPASS", resp.Call("AUTH", "not-it"), StringComparison.Ordinal);
                using Client cs = node.Connect();
                cs.Send(Frames.Request(CsFrame.Get, CsFrame.PasswordKey.ToArray(), "not-it"u8.ToArray()));
                Assert.NotEqual(CsFrame.Ok, cs.Receive(CsFrame.Size)[CsFrame.StatusOffset]);
                using System.Net.Sockets.TcpClient other = new("127.0.0.1", memcached);
                other.GetStream().Write("set k 0 0 11\r\nuser not-it\r\n"u8);
                Assert.Equal('C', other.GetStream().ReadByte());
                HttpReply metrics = http.Get("/metrics", "Authorization: Bearer secret\r\n");
                Assert.Contains("\nepollsrv_wrong_passwords_total 4\n", metrics.Text, StringComparison.Ordinal);
                Assert.DoesNotContain("not-it", node.LogText, StringComparison.Ordinal);
            },
            "--password", "secret", "--memcached", memcached.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_replica_that_comes_and_goes_is_logged_with_its_address() => NodeUnderTest.Run(Place, node =>
    {
        using (RespClient client = new(node))
        {
            Assert.Equal("+OK", client.Call("REPLCONF", "listening-port", "7777", "ip-address", "10.0.0.7", "capa", "eof"));
            client.Send("PSYNC", "?", "-1");
            NodeUnderTest.Until(() => Regex.IsMatch(node.LogText, "info the replica 10\\.0\\.0\\.7:7777 is new, and gets a snapshot"));
        }

        NodeUnderTest.Until(() => Regex.IsMatch(node.LogText, "warning the replica 10\\.0\\.0\\.7:7777 is gone"));
    });

    private static string Message(JsonElement line) => line.GetProperty("message").GetString()!;
}
