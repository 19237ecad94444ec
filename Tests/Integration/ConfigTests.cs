using System;
using System.Globalization;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CONFIG: what is set acts, what cannot be set is refused, and a SET is whole or nothing.</summary>
public sealed class ConfigTests
{
    private const string Place = "adaptive edge";
    private const string Failed = "-ERR CONFIG SET failed (possibly related to argument '";

    [Fact]
    public void Errors_are_those_of_redis()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Check(client, "foo bar", "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'");
            Check(client, "maxmemory abc", Failed + "maxmemory') - argument must be a memory value");
            Check(client, "maxmemory -1", Failed + "maxmemory') - argument must be a memory value");
            Check(client, "maxmemory 1mb maxmemory 2mb", Failed + "maxmemory') - duplicate parameter");
            Check(client, "timeout -1", Failed + "timeout') - argument must be between 0 and 2147483647 inclusive");
            Check(client, "timeout x", Failed + "timeout') - argument couldn't be parsed into an integer");
            Check(client, "databases 3", Failed + "databases') - can't set immutable config");
            Check(client, "appendonly maybe", Failed + "appendonly') - argument must be 'yes' or 'no'");
            Check(client, "notify-keyspace-events Q", Failed
                + "notify-keyspace-events') - Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
            Check(client, "latency-tracking-info-percentiles 101", Failed
                + "latency-tracking-info-percentiles') - latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
            Check(client, "client-output-buffer-limit foo", Failed
                + "client-output-buffer-limit') - Wrong number of arguments in buffer limit configuration.");
            Check(client, "a b c", "-ERR syntax error");
            Assert.Equal("-ERR The server is running without a config file", client.Call("CONFIG", "REWRITE"));
            Assert.Equal("-ERR wrong number of arguments for 'config|set' command", client.Call("CONFIG", "SET", "a"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "save", "", "appendonly", "no", "hz", "10"));
        });

    [Fact]
    public void A_set_with_one_mistake_changes_nothing()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            string before = client.Call("CONFIG", "GET", "*");
            Check(client, "timeout 77 slowlog-max-len x", Failed + "slowlog-max-len') - argument couldn't be parsed into an integer");
            Check(client, "timeout 77 nothing 1", "-ERR Unknown option or number of arguments for CONFIG SET - 'nothing'");
            Assert.Equal(before, client.Call("CONFIG", "GET", "*"));
        });

    [Fact]
    public void What_is_set_is_shown_in_redis_form()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call(
                "CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "ALLKEYS-LRU", "notify-keyspace-events", "Kg$xen",
                "latency-tracking-info-percentiles", "50 99.9 100"));
            Assert.Equal("*2\r\n$9\r\nmaxmemory\r\n$9\r\n104857600\r\n", client.Call("CONFIG", "GET", "maxmemory"));
            Assert.Equal("*2\r\n$16\r\nMAXMEMORY-POLICY\r\n$11\r\nallkeys-lru\r\n", client.Call("CONFIG", "GET", "MAXMEMORY-POLICY"));
            Assert.Equal("*2\r\n$22\r\nnotify-keyspace-events\r\n$6\r\ng$xenK\r\n", client.Call("CONFIG", "GET", "notify-key*"));
            Assert.Equal("*2\r\n$33\r\nlatency-tracking-info-percentiles\r\n$11\r\n50 99.9 100\r\n",
                client.Call("CONFIG", "GET", "*-PERCENTILES"));
            Assert.Equal("*0", client.Call("CONFIG", "GET", "nothing"));
            Assert.Equal("*4\r\n$4\r\nsave\r\n$0\r\n\r\n$10\r\nappendonly\r\n$2\r\nno\r\n",
                client.Call("CONFIG", "GET", "save", "appendonly", "save"));
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "notify-keyspace-events", ""));
        });

    [Fact]
    public void The_time_out_closes_silent_clients_from_then_on()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient silent = new(node);
            Assert.Equal("+PONG", silent.Call("PING"));
            using (RespClient client = new(node))
            {
                Assert.Equal("+OK", client.Call("CONFIG", "SET", "timeout", "1"));
            }

            Assert.True(silent.Client.EndsWithin());
        });

    [Fact]
    public void Fewer_clients_may_be_allowed_and_more_up_to_the_limit_at_the_start()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                Check(client, "maxclients 21", Failed
                    + "maxclients') - The operating system is not able to handle the specified number of clients, try with 20");
                Check(client, "maxclients 1", "+OK");
                using (RespClient refused = new(node))
                {
                    Assert.Equal("-ERR max number of clients reached", refused.Reply());
                }

                Check(client, "maxclients 2", "+OK");
                using RespClient second = new(node);
                Assert.Equal("+PONG", second.Call("PING"));
            },
            "--max-clients", "20");

    [Fact]
    public void A_password_holds_for_those_who_come_later()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Check(client, "requirepass secret", "+OK");
            Assert.Equal("+PONG", client.Call("PING"));
            using (RespClient later = new(node))
            {
                Assert.Equal("-NOAUTH Authentication required.", later.Call("PING"));
                Assert.Equal("+OK", later.Call("AUTH", "secret"));
                Assert.Equal("+PONG", later.Call("PING"));
            }

            Assert.Equal("+OK", client.Call("CONFIG", "SET", "requirepass", ""));
            using RespClient last = new(node);
            Assert.Equal("+PONG", last.Call("PING"));
        });

    [Fact]
    public void A_lowered_maximum_is_reached_in_the_background()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                for (int i = 0; i < 400; i++)
                {
                    Assert.Equal("+OK", client.Call("SET", "key" + i.ToString(CultureInfo.InvariantCulture), new string('x', 15_000)));
                }

                Assert.Equal(":400", client.Call("DBSIZE"));
                Check(client, "maxmemory 2mb", "+OK");
                NodeUnderTest.Until(() => int.Parse(client.Call("DBSIZE").AsSpan(1), CultureInfo.InvariantCulture) < 200, "keys make room");
                Check(client, "maxmemory-policy noeviction", "+OK");
                Check(client, "maxmemory 1mb", "+OK");
                string reply = string.Empty;
                for (int i = 0; i < 100 && reply.StartsWith("-OOM", StringComparison.Ordinal) is false; i++)
                {
                    reply = client.Call("SET", "more" + i.ToString(CultureInfo.InvariantCulture), new string('x', 15_000));
                }

                Assert.Equal("-OOM command not allowed when used memory > 'maxmemory'.", reply);
            },
            "--eviction", "allkeys-lru", "--max-memory", "64mb");

    [Fact]
    public void The_longest_value_and_request_may_be_changed()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Check(client, "proto-max-bulk-len 1", Failed
                + "proto-max-bulk-len') - argument must be between 1048576 and 9223372036854775807 inclusive");
            Check(client, "proto-max-bulk-len 2gb", Failed
                + "proto-max-bulk-len') - argument must be between 1048576 and 1073741824 inclusive");
            Check(client, "proto-max-bulk-len 1mb", "+OK");
            using RespClient second = new(node);
            second.SendRaw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n");
            Assert.Equal("-ERR Protocol error: invalid bulk length", second.Reply());
        });

    [Theory]
    [InlineData("--max-request", "64kb", "-ERR Protocol error: request is longer than max-request",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$70000\r\n")]
    [InlineData("--max-arguments", "16", "-ERR Protocol error: invalid multibulk length", "*17\r\n")]
    [InlineData("--max-value", "1kb", "-ERR Protocol error: invalid bulk length", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1025\r\n")]
    public void Requests_past_a_limit_are_answered_and_the_connection_ends(string option, string limit, string complaint, string request)
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                client.SendRaw(request);
                Assert.Equal(complaint, client.Reply());
                Assert.True(client.Client.EndsWithin());
            },
            option, limit);

    [Fact]
    public void A_long_pipeline_of_one_client_lets_others_have_their_turn()
        => NodeUnderTest.Run(
            "queue edge",
            node =>
            {
                using RespClient busy = new(node);
                using RespClient other = new(node);
                busy.Client.Socket.SendBufferSize = 4 << 20;
                string batch = string.Concat(System.Linq.Enumerable.Repeat("SET key value\r\n", 20_000));
                NodeUnderTest.Aside(() => busy.SendRaw(batch));
                Assert.Equal("+PONG", other.Call("PING"));
                for (int i = 0; i < 20_000; i++)
                {
                    Assert.Equal("+OK", busy.Reply());
                }
            },
            "--max-pipeline", "64kb");

    private static void Check(RespClient client, string pairs, string reply)
        => Assert.Equal(reply, client.Call(["CONFIG", "SET", .. pairs.Split(' ')]));
}
