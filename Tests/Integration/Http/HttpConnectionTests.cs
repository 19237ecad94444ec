using System;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>What becomes of a connection: keep-alive, 100 Continue, HEAD, dates, messages in pieces.</summary>
public sealed class HttpConnectionTests : IDisposable
{
    private readonly NodeUnderTest _node = NodeUnderTest.Start("adaptive edge");

    public void Dispose() => _node.Dispose();

    [Fact]
    public void HTTP_1_0_closes_unless_asked_to_keep_alive_and_needs_no_host()
    {
        using HttpConnection closing = new(_node);
        Assert.Equal("close", closing.Exchange("GET /healthz HTTP/1.0\r\n\r\n")["Connection"]);
        Assert.True(closing.IsClosed());
        using HttpConnection keeping = new(_node);
        Assert.Equal("keep-alive", keeping.Exchange("GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")["Connection"]);
        Assert.Equal(200, keeping.Exchange("GET /healthz HTTP/1.0\r\n\r\n").Status);
        Assert.True(keeping.IsClosed());
    }

    [Fact]
    public void Connection_close_is_obeyed_among_other_options()
    {
        using HttpConnection connection = new(_node);
        HttpReply reply = connection.Get("/healthz", "Connection: x, Close\r\n");
        Assert.Equal("close", reply["Connection"]);
        Assert.True(connection.IsClosed());
    }

    [Fact]
    public void A_client_that_expects_100_gets_it_before_it_sends_the_body()
    {
        using HttpConnection connection = new(_node);
        Assert.Equal(100, connection.Exchange("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n")
            .Status);
        Assert.Equal("hello", connection.Exchange("hello").Text);

        // Not to HTTP/1.0, not when the body is there already, and not before a refusal.
        Assert.Equal(200, connection.Exchange(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello").Status);
        Assert.Equal(405, connection.Exchange("POST /kv/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            .Status);
        Assert.True(connection.IsClosed());
        using HttpConnection old = new(_node);
        Assert.Equal(200, old.Exchange("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello").Status);
    }

    [Fact]
    public void HEAD_says_what_GET_says_without_the_body()
    {
        using HttpConnection connection = new(_node);
        foreach (string path in (string[])["/", "/healthz", "/readyz", "/files/", "/kv/none"])
        {
            HttpReply get = connection.Get(path);
            HttpReply head = connection.Get(path, method: "HEAD");
            Assert.Equal(get.Status, head.Status);
            Assert.Equal(get["Content-Length"], head["Content-Length"]);
            Assert.Equal(get["Content-Type"], head["Content-Type"]);
        }
    }

    [Fact]
    public void Every_reply_has_a_date_and_405_says_what_is_allowed()
    {
        using HttpConnection connection = new(_node);
        foreach (string method in (string[])["GET", "DELETE", "TRACE", "OPTIONS", "FOO"])
        {
            DateTime before = DateTime.Now;
            HttpReply reply = connection.Get("/", method: method);
            Assert.True(DateTime.TryParseExact(
                reply["Date"], "ddd, dd MMM yyyy HH:mm:ss 'GMT'", System.Globalization.CultureInfo.InvariantCulture,
                System.Globalization.DateTimeStyles.AssumeUniversal, out DateTime date));
            Assert.InRange(date, before.AddSeconds(-2), DateTime.Now);
            Assert.Equal(method is "DELETE" or "TRACE" or "OPTIONS" ? "GET, HEAD, POST, OPTIONS" : null, reply["Allow"]);
        }
    }

    [Fact]
    public void A_message_split_at_every_byte_means_the_same()
    {
        byte[] script = HttpConnection.Bytes("\r\nPUT /kv/a%20b?ttl=1h HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
            + "GET /kv/a%20b HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\n\r\n"
            + "DELETE /kv/a%20b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        for (int split = 1; split < script.Length; split++)
        {
            using HttpConnection connection = new(_node);
            connection.Client.Send(script.AsSpan(0, split));
            if (split % 7 == 0)
            {
                System.Threading.Thread.Sleep(1);
            }

            connection.Client.Send(script.AsSpan(split));
            Assert.Equal(201, connection.Read().Status);
            Assert.Equal("hello", connection.Read().Text);
            Assert.Equal("hello world", connection.Read().Text);
            Assert.Equal(204, connection.Read().Status);
            Assert.True(connection.IsClosed());
        }

        using HttpConnection slow = new(_node);
        foreach (byte one in script)
        {
            slow.Client.Send([one]);
        }

        Assert.Equal(201, slow.Read().Status);
        Assert.Equal("hello", slow.Read().Text);
        Assert.Equal("hello world", slow.Read().Text);
        Assert.Equal(204, slow.Read().Status);
    }
}
