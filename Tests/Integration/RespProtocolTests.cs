using System;
using System.Text;
using System.Threading;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Integration;

public sealed class RespProtocolTests
{
    private const string Place = "adaptive edge";

    // One of each form: multi-bulk, inline, quoted, empty, errors in the middle.
    private const string Script =
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$11\r\nhello world\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n\r\nPING\r\n*0\r\nset q \"a\\x41 b\" ex 100\r\n"
        + "get q\r\n*2\r\n$3\r\nGET\r\n$14\r\nthis key is no\r\nnosuch x\r\nget\r\nECHO 'it\\'s'\r\n*2\r\n$4\r\nECHO\r\n$0\r\n\r\n";

    private const string Replies = "+OK\r\n$11\r\nhello world\r\n+PONG\r\n+OK\r\n$4\r\naA b\r\n$-1\r\n-ERR unknown command 'nosuch', with args beginning with: 'x' \r\n"
        + "-ERR wrong number of arguments for 'get' command\r\n$4\r\nit's\r\n$0\r\n\r\n";

    [Fact]
    public void Every_request_is_answered_in_order_wherever_the_bytes_are_torn()
        => NodeUnderTest.Run(Place, node =>
        {
            byte[] bytes = Encoding.Latin1.GetBytes(Script);
            for (int cut = 1; cut < bytes.Length; cut++)
            {
                using Client client = node.Connect();
                client.Send(bytes.AsSpan(0, cut));
                Thread.Sleep(cut % 16 == 0 ? 2 : 0);
                client.Send(bytes.AsSpan(cut));
                Assert.Equal(Replies, Encoding.Latin1.GetString(client.Receive(Replies.Length)));
            }
        });

    [Fact]
    public void Every_request_is_answered_when_the_bytes_come_one_by_one()
        => NodeUnderTest.Run(Place, node =>
        {
            using Client client = node.Connect();
            foreach (byte letter in Encoding.Latin1.GetBytes(Script))
            {
                client.Send([letter]);
            }

            Assert.Equal(Replies, Encoding.Latin1.GetString(client.Receive(Replies.Length)));
        });

    [Theory]
    [InlineData("*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n")]
    [InlineData("*1048577\r\n", "-ERR Protocol error: invalid multibulk length\r\n")]
    [InlineData("*1\r\nfoo\r\n", "-ERR Protocol error: expected '$', got 'f'\r\n")]
    [InlineData("*1\r\n$x\r\n", "-ERR Protocol error: invalid bulk length\r\n")]
    [InlineData("*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n")]
    [InlineData("*1\r\n$999999999999\r\n", "-ERR Protocol error: invalid bulk length\r\n")]
    [InlineData("set a \"x\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n")]
    [InlineData("set a 'x'y\r\n", "-ERR Protocol error: unbalanced quotes in request\r\n")]
    [InlineData("PING\r\n*1\r\n:1\r\nPING\r\n", "+PONG\r\n-ERR Protocol error: expected '$', got ':'\r\n")]
    public void A_protocol_error_says_what_was_expected_and_closes(string request, string expected)
        => NodeUnderTest.Run(Place, node =>
        {
            using Client client = node.Connect();
            client.Send(Encoding.Latin1.GetBytes(request));
            Assert.Equal(expected, Encoding.Latin1.GetString(client.ReceiveToEnd()));
        });

    [Theory]
    [InlineData("*", "too big mbulk count string")]
    [InlineData("*1\r\n$", "too big bulk count string")]
    [InlineData("", "too big inline request")]
    public void A_line_without_an_end_is_refused(string start, string expected)
        => NodeUnderTest.Run(Place, node =>
        {
            using Client client = node.Connect();
            client.Send(Encoding.Latin1.GetBytes(start + new string('1', 70_000)));
            Assert.Equal("-ERR Protocol error: " + expected + "\r\n", Encoding.Latin1.GetString(client.ReceiveToEnd()));
        });

    [Fact]
    public void Limits_on_arguments_request_and_value_are_options()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using (Client client = node.Connect())
                {
                    client.Send("*33\r\n"u8);
                    Assert.StartsWith("-ERR Protocol error: invalid multibulk length", Encoding.Latin1.GetString(client.ReceiveToEnd()),
                        StringComparison.Ordinal);
                }

                using (Client client = node.Connect())
                {
                    client.Send("*2\r\n$3\r\nGET\r\n$1048577\r\n"u8);
                    Assert.StartsWith("-ERR Protocol error: invalid bulk length", Encoding.Latin1.GetString(client.ReceiveToEnd()),
                        StringComparison.Ordinal);
                }

                using (Client client = node.Connect())
                {
                    client.Send("*2\r\n$3\r\nGET\r\n$1048576\r\n"u8);
                    Assert.StartsWith("-ERR Protocol error: request is longer than max-request",
                        Encoding.Latin1.GetString(client.ReceiveToEnd()), StringComparison.Ordinal);
                }
            },
            "--max-arguments", "32", "--max-value", "1mb", "--max-request", "1mb");

    [Fact]
    public void A_million_small_arguments_in_many_pieces_are_read_in_linear_time()
        => NodeUnderTest.Run(Place, node =>
        {
            const int keys = 500_000;
            using RespClient client = new(node);
            StringBuilder text = new("*" + ((2 * keys) + 1) + "\r\n$4\r\nMSET\r\n");
            for (int i = 0; i < keys; i++)
            {
                string key = "key:" + i;
                _ = text.Append('$').Append(key.Length).Append("\r\n").Append(key).Append("\r\n$1\r\nv\r\n");
            }

            byte[] bytes = Encoding.Latin1.GetBytes(text.ToString());
            for (int i = 0; i < bytes.Length; i += 20_000)
            {
                client.Client.Send(bytes.AsSpan(i, Math.Min(20_000, bytes.Length - i)));
            }

            Assert.Equal("+OK", client.Reply());
            Assert.Equal("v", client.Value("get", "key:499999"));
        });

    [Fact]
    public void Before_the_password_requests_are_short_and_afterwards_all_is_open()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using (RespClient client = new(node))
                {
                    Assert.Equal("-NOAUTH Authentication required.", client.Call("GET", "a"));
                    Assert.StartsWith("-NOAUTH HELLO must be called", client.Call("HELLO", "3"), StringComparison.Ordinal);
                    Assert.Equal("-WRONGPASS invalid username-password pair or user is disabled.", client.Call("AUTH", "wrong"));
                    Assert.Equal("-WRONGPASS invalid username-password pair or user is disabled.", client.Call("AUTH", "other", "secret"));
                    Assert.Equal("+OK", client.Call("AUTH", "secret"));
                    Assert.Equal("$-1", client.Call("GET", "a"));
                    Assert.Equal("+RESET", client.Call("RESET"));
                    Assert.Equal("-NOAUTH Authentication required.", client.Call("GET", "a"));
                    Assert.StartsWith("*14\r\n", client.Call("HELLO", "2", "AUTH", "default", "secret"), StringComparison.Ordinal);
                    Assert.Equal("$-1", client.Call("GET", "a"));
                }

                using (Client client = node.Connect())
                {
                    client.Send("*11\r\n"u8);
                    Assert.Equal("-ERR Protocol error: unauthenticated multibulk length\r\n",
                        Encoding.Latin1.GetString(client.ReceiveToEnd()));
                }

                using (Client client = node.Connect())
                {
                    client.Send("*2\r\n$3\r\nGET\r\n$16385\r\n"u8);
                    Assert.Equal("-ERR Protocol error: unauthenticated bulk length\r\n", Encoding.Latin1.GetString(client.ReceiveToEnd()));
                }
            },
            "--password", "secret");

    [Theory]
    [InlineData("HELLO", "3", "SETNAME", "kept")]
    [InlineData("HELLO", "3", "SETNAME", "kept", "AUTH", "default", "wrong")]
    [InlineData("HELLO", "3", "AUTH", "default", "wrong", "SETNAME", "kept")]
    [InlineData("CLIENT", "SETNAME", "kept")]
    [InlineData("CLIENT", "SETINFO", "LIB-NAME", "kept")]
    [InlineData("SUBSCRIBE", "kept")]
    [InlineData("MULTI")]
    [InlineData("WATCH", "kept")]
    public void Nothing_of_a_request_without_the_password_stays(params string[] request) => NodeUnderTest.Run(
        Place,
        node =>
        {
            RespCommon resp = ((InProcessNode)node).Node.Resp;
            using RespClient client = new(node);
            Assert.StartsWith("-", client.Call(request), StringComparison.Ordinal);
            Assert.Equal(1, resp.Sessions.Used);
            Assert.Equal("+OK", client.Call("AUTH", "secret"));
            Assert.Equal("$-1", client.Call("CLIENT", "GETNAME"));
            Assert.Equal("-ERR EXEC without MULTI", client.Call("EXEC"));

            // With it a HELLO that fails keeps the name that came before its error, and leaves the version.
            Assert.StartsWith("-WRONGPASS", client.Call("HELLO", "3", "SETNAME", "one", "AUTH", "default", "wrong", "SETNAME", "two"),
                StringComparison.Ordinal);
            Assert.Equal("one", client.Value("CLIENT", "GETNAME"));
            Assert.StartsWith("-ERR Syntax error", client.Call("HELLO", "3", "SETNAME", "three", "OTHER"), StringComparison.Ordinal);
            Assert.Equal("three", client.Value("CLIENT", "GETNAME"));
            Assert.StartsWith("-ERR Client names", client.Call("HELLO", "3", "SETNAME", "four", "SETNAME", "with space"),
                StringComparison.Ordinal);
            Assert.Equal("four", client.Value("CLIENT", "GETNAME"));
            Assert.StartsWith("-NOPROTO", client.Call("HELLO", "4", "SETNAME", "five"), StringComparison.Ordinal);
            Assert.Equal("four", client.Value("CLIENT", "GETNAME"));

            // The same when it stands before the password, and the password is right.
            Assert.Equal("+RESET", client.Call("RESET"));
            Assert.StartsWith("-ERR Syntax error", client.Call("HELLO", "3", "SETNAME", "six", "AUTH", "default", "secret", "OTHER"),
                StringComparison.Ordinal);
            Assert.Equal("six", client.Value("CLIENT", "GETNAME"));
            Assert.Equal("$-1", client.Call("GET", "absent"));
        },
        "--password", "secret");

    [Fact]
    public void A_wrong_password_is_answered_late_and_everything_behind_it_in_order()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                long began = Environment.TickCount64;
                client.SendRaw("AUTH a\r\nAUTH b\r\nPING\r\nAUTH secret\r\nPING\r\n");
                Assert.StartsWith("-WRONGPASS", client.Reply(), StringComparison.Ordinal);
                Assert.StartsWith("-WRONGPASS", client.Reply(), StringComparison.Ordinal);
                Assert.True(Environment.TickCount64 - began >= 490, "took " + (Environment.TickCount64 - began) + " ms");
                Assert.StartsWith("-NOAUTH", client.Reply(), StringComparison.Ordinal);
                Assert.Equal("+OK", client.Reply());
                Assert.Equal("+PONG", client.Reply());
            },
            "--password", "secret");

    [Fact]
    public void A_value_put_over_CS_is_read_with_GET_and_the_other_way_round()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient resp = new(node);
            using Client cs = node.Connect();
            cs.Put("from-cs", "one");
            Assert.Equal("one", resp.Value("GET", "from-cs"));
            Assert.Equal("+OK", resp.Call("SET", "from-resp", "two"));
            Assert.Equal("two", cs.Get("from-resp"));
        });

    [Fact]
    public void Replies_have_the_form_of_the_version_that_HELLO_chose()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("$-1", client.Call("GET", "none"));
            Assert.StartsWith("%7\r\n", client.Call("HELLO", "3"), StringComparison.Ordinal);
            Assert.Equal("_", client.Call("GET", "none"));
            Assert.StartsWith("*14\r\n", client.Call("HELLO", "2"), StringComparison.Ordinal);
            Assert.Equal("-NOPROTO unsupported protocol version", client.Call("HELLO", "4"));
            Assert.Equal("$-1", client.Call("GET", "none"));
        });
}
