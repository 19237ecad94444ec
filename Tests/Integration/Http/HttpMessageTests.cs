using System;
using System.Text;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>RFC 9112 over a real socket: what is accepted, what is refused with which status, and what becomes of the connection.</summary>
public sealed class HttpMessageTests : IDisposable
{
    private readonly NodeUnderTest _node = NodeUnderTest.Start("adaptive edge");

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData(200, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.1\r\nhoSt:\tlocalhost\r\nempty:\r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.1\r\nHost: 127.0.0.1:6379\r\nX-Empty: \r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.1\r\nHost: LocalHost\r\n\r\n")]
    [InlineData(200, "\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(200, "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(200, "GET HTTP://localhost:99 HTTP/1.1\r\nHost: other\r\n\r\n")]
    [InlineData(200, "GET /?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.2\r\nHost: localhost\r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(200, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(200, "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(200, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length:  5 \r\n\r\nhello")]
    [InlineData(200, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(200, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n\r\n")]
    [InlineData(200, "POST / HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-10\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(204, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(204, "OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(404, "GET /path HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(405, "DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(405, "TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(405, "TRACE / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(501, "FOOBAR / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(501, "get / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public void Good_messages_are_answered_and_the_connection_goes_on(int status, string request)
    {
        using HttpConnection connection = new(_node);
        Assert.Equal(status, connection.Exchange(request).Status);
        Assert.Equal(200, connection.Get("/healthz").Status);
    }

    [Theory]
    [InlineData(400, "GET / HTTP/1.1\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\rHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\n\rX: y\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Test: value\r\n continued\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\n \r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Test : value\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX\t: value\r\n\r\n")]
    [InlineData(400, "GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET ? HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET ?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "OPTIONS ?* HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET\t/ HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /  HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /pa th HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/01.01\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/ 1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / http/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1x\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / \r\n\r\n")]
    [InlineData(400, "Extra lineGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /path#fragment HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /caf\u00e9 HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET /a\\b HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET path HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET http:///x HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET http://user@localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: \r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost, other\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: user@localhost\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost/path\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost:99999\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost:1:2\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\n: value\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nNoColon\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nBad[Name: x\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nT\u00ebst: x\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u0007\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n")]
    [InlineData(400, "GET / HTTP/1.1\r\nHost: localhost\r\nX: a\u007f\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nhello")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 005\r\n\r\nhello")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x5\r\n\r\nhello")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1 0\r\n\r\nhello")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\nhello")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: \r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: \r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData(400, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\nx")]
    [InlineData(417, "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\n\r\n")]
    [InlineData(501, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData(501, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n")]
    [InlineData(501, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData(501, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")]
    [InlineData(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData(505, "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n")]
    [InlineData(505, "GET / HTTP/0.9\r\nHost: localhost\r\n\r\n")]
    public void Bad_messages_are_refused_and_the_connection_ends(int status, string request)
    {
        using HttpConnection connection = new(_node);
        HttpReply reply = connection.Exchange(request + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal(status, reply.Status);
        Assert.Equal("close", reply["Connection"]);
        Assert.EndsWith("\n", reply.Text);
        connection.Client.ShutdownSend();
        Assert.True(connection.IsClosed());
    }

    [Theory]
    [InlineData("5;\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;bad[=x\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a=\"x\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5;a\0\r\nhello\r\n0\r\n\r\n")]
    [InlineData("1_0\r\nhello world!!!!!\r\n0\r\n\r\n")]
    [InlineData("0x5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("+5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5 \r\nhello\r\n0\r\n\r\n")]
    [InlineData(" 5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhellooo\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\rhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n\n")]
    [InlineData("\r\nhello\r\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n0\r\n\r\n")]
    [InlineData("00000000000000005\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nBad Trailer: x\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\n folded\r\n\r\n")]
    [InlineData("5\r\nhello\r\n0\r\nX: a\0\r\n\r\n")]
    public void Bad_chunks_are_refused(string body)
    {
        using HttpConnection connection = new(_node);
        HttpReply reply = connection.Exchange("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        Assert.Equal(400, reply.Status);
        connection.Client.ShutdownSend();
        Assert.True(connection.IsClosed());
    }

    [Theory]
    [InlineData("hello", "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("hello world", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")]
    [InlineData("helloworld", "A\r\nhelloworld\r\n0\r\n\r\n")]
    [InlineData("helloworld", "000a\r\nhelloworld\r\n000\r\n\r\n")]
    [InlineData("", "0\r\n\r\n")]
    [InlineData("hello", "5;ext=value\r\nhello\r\n0\r\n\r\n")]
    [InlineData("hello", "5 ; a ; b = \"q\\\"uoted; x\"\r\nhello\r\n0;last\r\n\r\n")]
    [InlineData("hello", "5\r\nhello\r\n0\r\nX-Checksum: abc\r\nContent-Length: 999\r\n\r\n")]
    public void Chunked_bodies_are_decoded(string expected, string body)
    {
        using HttpConnection connection = new(_node);
        HttpReply reply = connection.Exchange("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        Assert.Equal(200, reply.Status);
        Assert.Equal(expected, reply.Text);
        Assert.Equal(200, connection.Get("/healthz").Status);
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nX-Test: value")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("G")]
    public void An_unfinished_message_is_waited_for_and_never_executed(string request)
    {
        using HttpConnection connection = new(_node);
        connection.Send(request);
        Assert.True(connection.IsSilent());
        connection.Client.ShutdownSend();
        Assert.True(connection.IsClosed());
    }

    [Fact]
    public void What_is_too_long_has_its_own_status()
    {
        string start = "GET / HTTP/1.1\r\nHost: localhost\r\n";
        Assert.Equal(414, One("GET /" + new string('a', 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        Assert.Equal(404, One("GET /" + new string('a', 8000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        Assert.Equal(431, One(start + "X: " + new string('b', 100_000) + "\r\n\r\n"));
        Assert.Equal(431, One(start + new string('b', 100_000) + ": x\r\n\r\n"));
        StringBuilder many = new(start);
        for (int i = 0; i < 101; i++)
        {
            many.Append("X-" + i + ": y\r\n");
        }

        Assert.Equal(431, One(many + "\r\n"));
        Assert.Equal(413, One("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577\r\n\r\n"));
        Assert.Equal(413, One("PUT /kv/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 67108865\r\n\r\n"));
        Assert.Equal(413, One("PUT /kv/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFF\r\n"));
        Assert.Equal(400, One("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;" + new string('x', 2000)));
    }

    [Fact]
    public void A_flood_of_chunk_extensions_or_trailers_is_refused()
    {
        StringBuilder extensions = new("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        StringBuilder trailers = new(extensions + "0\r\n");
        for (int i = 0; i < 100; i++)
        {
            extensions.Append("1;" + new string('x', 500) + "\r\na\r\n");
            trailers.Append("X: " + new string('y', 500) + "\r\n");
        }

        Assert.Equal(400, One(extensions.ToString()));
        Assert.Equal(431, One(trailers.ToString()));
    }

    private int One(string request)
    {
        using HttpConnection connection = new(_node);
        return connection.Exchange(request).Status;
    }
}
