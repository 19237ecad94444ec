using System;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>With a password set: memcached's authentication in its text protocol.</summary>
public sealed class MemcachedPasswordTests
{
    private const string Right = "set any 0 0 11\r\nuser secret\r\n";
    private const string Wrong = "set any 0 0 10\r\nuser wrong\r\n";

    [Theory]
    [MemberData(nameof(NodeUnderTest.PublishedPlaces), MemberType = typeof(NodeUnderTest))]
    public void The_first_set_carries_user_and_password(string place) => Run(place, node =>
    {
        using MemcachedClient client = new(node);
        Assert.Equal("CLIENT_ERROR unauthenticated", client.Call("get a\r\n"));
        Assert.Equal("CLIENT_ERROR unauthenticated", client.Call("version\r\n"));
        Assert.Equal("CLIENT_ERROR authentication failure", client.Call(Wrong));
        Assert.Equal("CLIENT_ERROR unauthenticated", client.Call("stats\r\n"));
        Assert.Equal("STORED", client.Call(Right));
        Assert.Equal("STORED", client.Set("a", "1"));
        Assert.Equal("1", client.Get("a"));
        Assert.Null(client.Get("any"));
    });

    [Fact]
    public void What_follows_it_in_the_same_packet_is_done() => Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        Assert.Equal("STORED\r\nSTORED\r\nVALUE a 0 1\r\n1\r\nEND\r\n", client.Exchange(Right + "set a 0 0 1\r\n1\r\nget a\r\n"));
    });

    [Theory]
    [InlineData("set any 0 0 4\r\nuser\r\n", "CLIENT_ERROR bad authentication token format")]
    [InlineData("set any 0 0 4\r\nuserxx", "CLIENT_ERROR bad command line termination")]
    [InlineData("set any 0 0\r\n", "CLIENT_ERROR unauthenticated")]
    [InlineData("set any 0 0 x\r\n", "CLIENT_ERROR unauthenticated")]
    public void What_is_no_password_is_an_error(string request, string error) => Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        Assert.Equal(error, client.Call(request));
        Assert.Equal("STORED", client.Call(Right));
    });

    [Theory]
    [InlineData("set any 0 0 100000\r\n")]
    [InlineData("set any 0 0 4294967295\r\n")]
    public void Nobody_is_kept_waiting_for_a_password_that_is_too_long(string request) => Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        client.Send(request);
        Assert.Equal("CLIENT_ERROR authentication failure\r\n", client.ToEnd());
    });

    [Fact]
    public void Without_the_password_a_line_without_end_ends_the_connection() => Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        client.Send(new string('x', 3000));
        Assert.Equal(string.Empty, client.ToEnd());
    });

    [Fact]
    public void A_wrong_password_is_logged_and_counted() => Run("adaptive edge", node =>
    {
        using MemcachedClient client = new(node);
        Assert.Equal("CLIENT_ERROR authentication failure", client.Call(Wrong));
        node.AwaitLog("a wrong password from 127.0.0.1");
        Assert.Equal("STORED", client.Call(Right));
        string stats = client.Exchange("stats\r\n");
        Assert.Contains("STAT auth_cmds 2\r\nSTAT auth_errors 1\r\n", stats, StringComparison.Ordinal);
    });

    private static void Run(string place, Action<NodeUnderTest> body)
        => NodeUnderTest.Run(place, body, "--memcached", "0", "--password", "secret");
}
