using System;

using Epollsrv.Native;
using Epollsrv.Node;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Addresses as people write them.</summary>
public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:6379")]
    [InlineData("127.0.0.1:7000", "127.0.0.1:7000")]
    [InlineData("::1", "[::1]:6379")]
    [InlineData("[::1]", "[::1]:6379")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("unix:/run/x.sock", "unix:/run/x.sock")]
    [InlineData("localhost:80", "127.0.0.1:80")]
    public void An_address_is_read(string text, string expected)
    {
        Assert.Null(NodeAddress.Parse(text, 6379, out SocketAddress address));
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(":80")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:http")]
    [InlineData("[::1")]
    [InlineData("[]:80")]
    [InlineData("[::1]80")]
    public void What_is_not_an_address_is_refused(string text)
        => Assert.StartsWith("is not an address; allowed: HOST", NodeAddress.Parse(text, 6379, out _), StringComparison.Ordinal);

    [Fact]
    public void A_path_too_long_for_a_socket_is_refused()
        => Assert.StartsWith(
            "is not a socket's path", NodeAddress.Parse("unix:" + new string('x', 108), 6379, out _), StringComparison.Ordinal);

    [Fact]
    public void A_host_nobody_knows_is_named_so() =>
        Assert.Equal("is not a known host; correct the name, or give an address", NodeAddress.Parse("no-such-host.invalid", 6379, out _));

    [Theory]
    [InlineData("0.0.0.0:7000", "127.0.0.1:7000")]
    [InlineData("[::]:7000", "[::1]:7000")]
    [InlineData("10.1.2.3:7000", "10.1.2.3:7000")]
    [InlineData("unix:/run/x", "unix:/run/x")]
    public void All_addresses_mean_loopback_to_a_client(string text, string expected)
    {
        Assert.Null(NodeAddress.Parse(text, 6379, out SocketAddress address));
        Assert.Equal(expected, NodeAddress.ForLocalClient(address).ToString());
    }
}
