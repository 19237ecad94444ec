using System;

using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Writes over HTTP and CS are seen by MONITOR, held by CLIENT PAUSE, and told as keyspace events.</summary>
public sealed class OtherProtocolWriteTests
{
    private const string Place = "adaptive edge";

    [Fact]
    public void Monitors_see_them_as_the_commands_that_do_the_same() => NodeUnderTest.RunEverywhere(node =>
    {
        using RespClient monitor = new(node);
        using HttpConnection http = new(node);
        using Client cs = node.Connect();
        Assert.Equal("+OK", monitor.Call("MONITOR"));
        Assert.Equal(201, http.Put("/kv/a", "one"u8.ToArray()).Status);
        Assert.EndsWith("] \"SET\" \"a\" \"one\"", monitor.Reply(), StringComparison.Ordinal);
        Assert.Equal(204, http.Put("/kv/a?ttl=1h", "two"u8.ToArray()).Status);
        Assert.Contains("] \"SET\" \"a\" \"two\" \"PXAT\" \"", monitor.Reply(), StringComparison.Ordinal);
        Assert.Equal(204, http.Get("/kv/a", method: "DELETE").Status);
        Assert.EndsWith("] \"DEL\" \"a\"", monitor.Reply(), StringComparison.Ordinal);
        cs.Put("b", "three");
        Assert.EndsWith("] \"SET\" \"b\" \"three\"", monitor.Reply(), StringComparison.Ordinal);
        _ = cs.Exchange(Frames.Request(CsFrame.Put, "b"u8.ToArray(), "four"u8.ToArray()));
        Assert.EndsWith("] \"APPEND\" \"b\" \"four\"", monitor.Reply(), StringComparison.Ordinal);
        _ = cs.Exchange(Frames.Delete("b"));
        Assert.EndsWith("] \"DEL\" \"b\"", monitor.Reply(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_pause_of_writes_holds_them_and_nothing_else() => NodeUnderTest.RunEverywhere(node =>
    {
        using RespClient client = new(node);
        using HttpConnection http = new(node);
        using HttpConnection other = new(node);
        using Client cs = node.Connect();
        cs.Put("c", "before");
        Assert.Equal("+OK", client.Call("CLIENT", "PAUSE", "1000000", "WRITE"));
        cs.Send(Frames.Request(CsFrame.Put, "c"u8.ToArray(), "after"u8.ToArray()));
        http.Send("PUT /kv/h HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nafter");
        NodeUnderTest.Until(() => IsWaiting(client), "both wait");
        Assert.Equal(404, other.Get("/kv/h").Status);

        // Registrations are no keys.
        using Client registrar = node.Connect();
        Assert.Equal(CsFrame.Ok, registrar.Exchange(Frames.Put("file", "10.0.0.1 80"))[CsFrame.StatusOffset]);
        Assert.Equal(0, cs.Socket.Available);
        Assert.Equal("+OK", client.Call("CLIENT", "UNPAUSE"));
        Assert.Equal(201, http.Read().Status);
        Assert.Equal(CsFrame.Ok, cs.Receive(CsFrame.Size)[CsFrame.StatusOffset]);
        Assert.Equal("before after", client.Value("GET", "c"));
        Assert.Equal("after", client.Value("GET", "h"));
    });

    private static bool IsWaiting(RespClient client) =>
        client.Value("INFO", "clients")!.Contains("blocked_clients:2\r\n", StringComparison.Ordinal);
}
