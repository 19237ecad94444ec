using System;
using System.Globalization;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What Redis's own test suite and the differential test found: memory
/// at its end, pauses, silenced connections, passwords in MONITOR.</summary>
public sealed class RespStateTests
{
    private const string Place = "adaptive edge";
    private const string OutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";

    [Fact]
    public void Beyond_the_maximum_nothing_is_written_and_transactions_fail() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        Assert.Equal("+OK", client.Call("set", "a", "1"));
        Assert.Equal("+OK", client.Call("multi"));
        Assert.Equal("+QUEUED", client.Call("get", "a"));
        Assert.Equal("+OK", other.Call("config", "set", "maxmemory", "1"));
        Assert.Equal("*1\r\n$1\r\n1\r\n", client.Call("exec"));
        Assert.Equal("-" + OutOfMemory, client.Call("set", "a", "2"));
        Assert.Equal("+OK", client.Call("multi"));
        Assert.Equal("-" + OutOfMemory, client.Call("get", "a"));
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", client.Call("exec"));
        Assert.Equal("+OK", other.Call("config", "set", "maxmemory", "0"));
        Assert.Equal("+OK", client.Call("multi"));
        Assert.Equal("+QUEUED", client.Call("set", "a", "3"));
        Assert.Equal("+OK", other.Call("config", "set", "maxmemory", "1"));
        Assert.Equal("-EXECABORT Transaction discarded because of: " + OutOfMemory, client.Call("exec"));
        Assert.Equal("+OK", other.Call("config", "set", "maxmemory", "0"));
        Assert.Equal("+OK", client.Call("set", "a", "4"));
    });

    [Fact]
    public void Who_waits_for_the_end_of_a_pause_is_counted() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        using RespClient paused = new(node);
        Patience.WithMoreTime(500, milliseconds =>
        {
            Assert.Equal("+OK", client.Call("client", "unpause"));
            Assert.Equal("+OK", client.Call("config", "resetstat"));
            Assert.Equal("+OK", client.Call("set", "short", "1", "px", milliseconds.ToString(CultureInfo.InvariantCulture)));
            Assert.Equal("+OK", client.Call("client", "pause", "100000", "write"));

            // Not when the pause came too late for it.
            return client.Value("info", "stats")!.Contains("expired_keys:0\r\n", StringComparison.Ordinal);
        });
        paused.Send("set", "a", "1");
        NodeUnderTest.Until(() => client.Value("info", "clients")!.Contains("blocked_clients:1\r\n", StringComparison.Ordinal),
            "one connection is blocked");

        // An expired key is not to be seen, but nothing changes during a pause.
        NodeUnderTest.Until(() => client.Call("get", "short") == "$-1", "the key has expired");
        Assert.Contains("expired_keys:0\r\n", client.Value("info", "stats"), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("client", "unpause"));
        Assert.Equal("+OK", paused.Reply());
        Assert.Contains("blocked_clients:0\r\n", client.Value("info", "clients"), StringComparison.Ordinal);
        NodeUnderTest.Until(() => client.Value("info", "stats")!.Contains("expired_keys:1\r\n", StringComparison.Ordinal),
            "the key is removed");
    });

    [Theory]
    [InlineData("2", '*')]
    [InlineData("3", '>')]
    public void Subscriptions_are_confirmed_while_replies_are_off(string version, char type) => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        using RespClient other = new(node);
        _ = client.Call("hello", version);
        client.Send("client", "reply", "off");
        client.Send("get", "a");
        Assert.Equal(type + "3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n", client.Call("subscribe", "ch"));
        Assert.Equal(":1", other.Call("publish", "ch", "m"));
        Assert.Equal(type + "3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$1\r\nm\r\n", client.Reply());
        Assert.Equal(type + "3\r\n$11\r\nunsubscribe\r\n$2\r\nch\r\n:0\r\n", client.Call("unsubscribe", "ch"));
        client.Send("get", "a");
        Assert.Equal("+OK", client.Call("client", "reply", "on"));
    });

    [Fact]
    public void Own_input_and_arguments_are_in_CLIENT_LIST() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Contains(" qbuf=26 ", client.Value("client", "list"), StringComparison.Ordinal);
        Assert.Contains(" argv-mem=10 ", client.Value("client", "info"), StringComparison.Ordinal);
    });

    [Fact]
    public void A_monitor_sees_no_password_of_a_malformed_command() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient monitor = new(node);
        using RespClient client = new(node);
        Assert.Equal("+OK", monitor.Call("monitor"));
        foreach (string[] request in (
            string[][])[["auth", "default", "secret", "more"], ["hello", "3", "auth", "default", "secret", "secret"],
            ["hello", "auth", "default", "secret"], ["hello", "3", "auth", "secret"],
            ["hello", "x", "setname", "auth", "auth", "default", "secret"]])
        {
            Assert.StartsWith("-", client.Call(request), StringComparison.Ordinal);
            Assert.DoesNotContain("secret", monitor.Reply(), StringComparison.Ordinal);
        }

        _ = client.Call("hello", "2", "auth", "default", "secret", "setname", "me");
        Assert.EndsWith("\"hello\" \"2\" \"auth\" \"(redacted)\" \"(redacted)\" \"setname\" \"me\"", monitor.Reply(),
            StringComparison.Ordinal);
    });

    [Fact]
    public void A_monitor_sees_a_request_of_many_long_arguments_in_short_and_stays() => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient monitor = new(node);
            using RespClient client = new(node);
            Assert.Equal("+OK", monitor.Call("monitor"));
            foreach (int length in (int[])[0, 1, 1000, 5000])
            {
                // Quoted each zero takes four bytes: shown whole this is more than a
                // monitor may have waiting, and at default limits more than an int counts.
                int count = 400_000 / (length + 3);
                string[] request = new string[count + 1];
                Array.Fill(request, new string('\0', length));
                request[0] = "exists";
                Assert.Equal(":0", client.Call(request));
                string line = monitor.Reply();
                Assert.Matches("^\\+[0-9.]+ \\[0 [^]]*\\] \"exists\" .* \\.\\.\\. \\([0-9]+ more arguments\\)$", line);
                Assert.InRange(line.Length, 1024, 16 * 1024);
            }

            Assert.Equal(":0", client.Call("exists", "k"));
            Assert.EndsWith("\"exists\" \"k\"", monitor.Reply(), StringComparison.Ordinal);
        },
        "--max-subscriber-output", "64kb");

    [Fact]
    public void Limits_of_output_can_be_set_where_they_act() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("config", "set", "client-output-buffer-limit", "pubsub 8mb 1mb 1 slave 1 2 3"));
        Assert.Contains("normal 0 0 0 slave 1 2 3 pubsub 8388608 1048576 1", client.Call("config", "get", "client-output-buffer-limit"),
            StringComparison.Ordinal);
        Assert.StartsWith("-ERR CONFIG SET failed", client.Call("config", "set", "client-output-buffer-limit", "normal 1 0 0"),
            StringComparison.Ordinal);
        foreach (string parameter in (
            string[])["replicaof", "save", "databases", "timeout", "maxclients", "proto-max-bulk-len", "appendonly", "replica-read-only"])
        {
            Assert.StartsWith("*2\r\n", client.Call("config", "get", parameter), StringComparison.Ordinal);
        }
    });

    [Fact]
    public void A_subscriber_above_the_soft_limit_is_closed_after_its_time() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("config", "set", "client-output-buffer-limit", "pubsub 1gb 1mb 1"));
        using Client subscriber = node.Connect(receiveBuffer: 4096);
        subscriber.Send("SUBSCRIBE ch\r\n"u8);
        _ = subscriber.Receive("*3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n".Length);
        string message = new('m', 64 * 1024);
        NodeUnderTest.Until(() => client.Call("publish", "ch", message) == ":0", "the subscriber is closed");
        node.AwaitLog("soft limit");
    });
}
