using System;

using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration.Gate;

/// <summary>Whoever has seen what the log has not taken yet waits as whoever wrote it; whoever has not goes on.</summary>
public sealed class GateObservationTests
{
    /// <summary>Requests that see a key which a change that is not safe has set.</summary>
    public static TheoryData<string> SeesTheKey =>
        ["GET key", "EXISTS key", "TTL key", "STRLEN key", "SET key other NX", "INCR key", "DEL key", "MGET other key", "OBJECT FREQ key"];

    /// <summary>Requests that see all keys.</summary>
    public static TheoryData<string> SeesAll => ["KEYS x*", "SCAN 0", "RANDOMKEY", "DBSIZE"];

    [Theory]
    [MemberData(nameof(SeesTheKey))]
    [MemberData(nameof(SeesAll))]
    public void A_request_that_has_seen_a_change_is_held_with_it(string request) => Run((node, journal) =>
    {
        using RespClient writer = new(node);
        using RespClient reader = new(node);
        writer.Send("SET", "key", "1");
        journal.UntilHeld(1);
        reader.Send(request.Split(' '));
        journal.UntilHeld(2);
        Assert.Equal(0, reader.Client.Socket.Available);
        journal.Settle();
        Assert.Equal("+OK", writer.Reply());
        Assert.NotEmpty(reader.Reply());
    });

    [Fact]
    public void Whoever_has_seen_other_keys_is_not_held() => Run((node, journal) =>
    {
        using RespClient writer = new(node);
        using RespClient reader = new(node);
        writer.Send("SET", "key", "1");
        journal.UntilHeld(1);
        Assert.Equal("$-1", reader.Call("GET", "another"));
        Assert.Equal("+PONG", reader.Call("PING"));
        Assert.Equal("*1\r\n$-1\r\n", reader.Call("MGET", "a third"));
        journal.UntilHeld(1);
        journal.Settle();
        Assert.Equal("+OK", writer.Reply());
    });

    [Fact]
    public void Whoever_sees_that_a_key_is_gone_is_held_with_its_deletion() => Run((node, journal) =>
    {
        using RespClient writer = new(node);
        using RespClient reader = new(node);
        writer.Send("SET", "key", "1");
        journal.UntilHeld(1);
        journal.Settle();
        Assert.Equal("+OK", writer.Reply());
        writer.Send("DEL", "key");
        journal.UntilHeld(1);
        reader.Send("GET", "key");
        journal.UntilHeld(2);
        journal.Settle();
        Assert.Equal(":1", writer.Reply());
        Assert.Equal("$-1", reader.Reply());
    });

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    [InlineData("SWAPDB 0 1")]
    public void Any_look_up_is_held_with_a_flush(string flush) => Run((node, journal) =>
    {
        using RespClient writer = new(node);
        using RespClient reader = new(node);
        writer.Send(flush.Split(' '));
        journal.UntilHeld(1);
        reader.Send("GET", "whatever");
        journal.UntilHeld(2);
        journal.Settle();
        Assert.Equal("+OK", writer.Reply());
        Assert.Equal("$-1", reader.Reply());
    });

    [Fact]
    public void A_transaction_that_is_not_run_because_of_a_change_is_held_with_it() => Run((node, journal) =>
    {
        using RespClient writer = new(node);
        using RespClient reader = new(node);
        Assert.Equal("+OK", reader.Call("WATCH", "key"));
        writer.Send("SET", "key", "1");
        journal.UntilHeld(1);
        Assert.Equal("+OK", reader.Call("MULTI"));
        Assert.Equal("+QUEUED", reader.Call("PING"));
        reader.Send("EXEC");
        journal.UntilHeld(2);
        journal.Settle();
        Assert.Equal("+OK", writer.Reply());
        Assert.Equal("*-1", reader.Reply());
    });

    [Fact]
    public void Readers_over_HTTP_and_CS_are_held_as_well() => Run((node, journal) =>
    {
        using RespClient writer = new(node);
        using HttpConnection http = new(node);
        using Client cs = node.Connect();
        writer.Send("SET", "key", "1");
        journal.UntilHeld(1);
        Assert.Equal(404, http.Get("/kv/another").Status);
        http.Send("GET /kv/key HTTP/1.1\r\nHost: localhost\r\n\r\n");
        journal.UntilHeld(2);
        cs.Send(Frames.Get("key"));
        journal.UntilHeld(3);
        journal.Settle();
        Assert.Equal("+OK", writer.Reply());
        Assert.Equal("1"u8, http.Read().Body);
        Assert.Equal(Frames.Found(Frames.Get("key"), "1"u8), cs.Receive(Frames.Get("key").Length));
    });

    private static void Run(Action<NodeUnderTest, PositionJournal> body) => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using PositionJournal journal = new(node);
            body(node, journal);
        },
        "--eviction", "allkeys-lfu");
}
