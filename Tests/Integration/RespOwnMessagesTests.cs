using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Messages that a connection publishes to itself; the replies were compared with redis-server 7.0.15.</summary>
public sealed class RespOwnMessagesTests
{
    [Fact]
    public void A_RESP3_connection_gets_its_own_messages_before_the_reply() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        _ = client.Call("HELLO", "3");
        _ = client.Call("SUBSCRIBE", "x");
        client.SendRaw("publish x 1\r\nget nothing\r\nmulti\r\nping\r\npublish x 2\r\nping\r\nexec\r\nclient reply off\r\npublish x 3\r\nclient reply on\r\n");
        RespTransactionTests.Expect(
            client,
            [
                ">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n1\r\n", ":1", "_", "+OK", "+QUEUED", "+QUEUED", "+QUEUED",
                    "*3\r\n+PONG\r\n>3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n2\r\n:1\r\n",
                "+PONG", ">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n3\r\n", "+OK",
            ]);
    });

    [Theory]
    [InlineData("2", '*')]
    [InlineData("3", '>')]
    public void A_connection_gets_its_own_messages_before_the_reply_inside_EXEC_as_in_Redis(string version, char push) =>
        NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        _ = client.Call("HELLO", version);
        client.SendRaw("multi\r\nsubscribe c\r\npublish c one\r\nunsubscribe c\r\npublish c two\r\nexec\r\nping after\r\n");
        Assert.Equal("+OK", client.Reply());
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal("+QUEUED", client.Reply());
        }

        // The message stands where a reply is expected: clients that do this see it so from Redis 7.0.
        Assert.Equal("*4\r\n" + push + "3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" + push
            + "3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\none\r\n:1\r\n"
            + push + "3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n", client.Reply());
        Assert.Equal(":0", client.Reply());
        Assert.Equal("$5\r\nafter\r\n", client.Reply());
    });

    [Fact]
    public void A_connection_gets_its_own_messages_although_replies_are_off() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        _ = client.Call("HELLO", "3");
        client.SendRaw("client reply off\r\nsubscribe c\r\npublish c one\r\nmulti\r\npublish c two\r\nexec\r\nunsubscribe c\r\nunsubscribe\r\nclient reply on\r\nclient reply skip\r\npublish c three\r\nping\r\n");
        Assert.Equal(">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", client.Reply());
        Assert.Equal(">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\none\r\n", client.Reply());
        Assert.Equal(">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\ntwo\r\n", client.Reply());
        Assert.Equal(">3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n", client.Reply());
        Assert.Equal(">3\r\n$11\r\nunsubscribe\r\n_\r\n:0\r\n", client.Reply());
        Assert.Equal("+OK", client.Reply());
        Assert.Equal("+PONG", client.Reply());
    });
}
