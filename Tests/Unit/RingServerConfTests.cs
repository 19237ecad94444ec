using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Reading server.conf, and a node given on the command line.</summary>
public sealed class RingServerConfTests
{
    [Fact]
    public void Addresses_names_comments_and_blank_lines_are_read()
    {
        ServerConf? conf = ServerConf.Parse(
            "s", "\uFEFF# ring\n\n10.0.0.7 50001\r\n  [::1]\t6379 # local\nnode-3.example 50003\n::ffff 1\nlocalhost 65535",
            out string mistakes);
        Assert.Equal(string.Empty, mistakes);
        Assert.Equal(["node 1, 10.0.0.7:50001", "node 2, [::1]:6379", "node 3, node-3.example:50003", "node 4, [::ffff]:1",
            "node 5, localhost:65535"],
            System.Array.ConvertAll(conf!.Nodes, static node => node.Name));
        Assert.Equal(3, conf.Nodes[0].Line);
        Assert.Equal("10.0.0.7 50001"u8.ToArray(), conf.Nodes[0].Holder);
        Assert.Equal(2, conf.Find("NODE-3.example", 50003));
        Assert.Equal(-1, conf.Find("10.0.0.7", 50002));
    }

    [Theory]
    [InlineData("10.0.0.1", "\"10.0.0.1\": the port is missing; write \"ADDRESS PORT\"")]
    [InlineData("10.0.0.1:80", "\"10.0.0.1:80\": the port is separated by a space, not a colon; write \"10.0.0.1 80\"")]
    [InlineData("10.0.0.1 0", "\"0\" is not a port; a port is a number from 1 to 65535")]
    [InlineData("10.0.0.1 65536", "\"65536\" is not a port; a port is a number from 1 to 65535")]
    [InlineData("10.0.0.1 +80", "\"+80\" is not a port; a port is a number from 1 to 65535")]
    [InlineData("10.0.0.1 http", "\"http\" is not a port; a port is a number from 1 to 65535")]
    [InlineData("10.0.0.1 80 81", "\"81\" behind the port; one node a line, comments begin with #")]
    [InlineData("10.0.0.256 80", "\"10.0.0.256\" is not an IPv4 address; allowed: IPv4, IPv6 or a host name")]
    [InlineData("10.0.1 80", "\"10.0.1\" is not an IPv4 address; allowed: IPv4, IPv6 or a host name")]
    [InlineData("::1::2 80", "\"::1::2\" is not an IPv6 address; allowed: IPv4, IPv6 or a host name")]
    [InlineData("a_b.-c 80", "\"a_b.-c\" is neither an address nor a host name; allowed: IPv4, IPv6 or a host name")]
    [InlineData("a..b 80", "\"a..b\" is neither an address nor a host name; allowed: IPv4, IPv6 or a host name")]
    [InlineData("höst 80", "\"höst\" is neither an address nor a host name; allowed: IPv4, IPv6 or a host name")]
    [InlineData("0.0.0.0 80", "\"0.0.0.0\" is no address to connect to; write the address that other nodes reach this one at")]
    [InlineData(":: 80", "\"::\" is no address to connect to; write the address that other nodes reach this one at")]
    [InlineData("1.2.3 x", "\"1.2.3\" is not an IPv4 address; allowed: IPv4, IPv6 or a host name; \"x\" is not a port; a port is a number from 1 to 65535")]
    public void A_mistake_is_reported_with_its_line(string line, string mistake)
    {
        Assert.Null(ServerConf.Parse("ring.conf", "# first\n" + line + "\n", out string mistakes));
        Assert.Equal("ring.conf:2: " + mistake + "\n", mistakes);
    }

    [Fact]
    public void All_mistakes_are_reported_in_one_go()
    {
        Assert.Null(ServerConf.Parse("s", "x\n10.0.0.1 80\n10.0.0.1 80\n[::0:1] 5\n::1 5\n1 2 3\n", out string mistakes));
        Assert.Equal(4, mistakes.Split('\n', System.StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("s:3: the same node as on line 2;", mistakes, System.StringComparison.Ordinal);
        Assert.Contains("s:5: the same node as on line 4;", mistakes, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n\n")]
    public void A_ring_without_nodes_is_a_mistake(string text)
    {
        Assert.Null(ServerConf.Parse("s", text, out string mistakes));
        Assert.StartsWith("s: no node in it;", mistakes, System.StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        Assert.Null(ServerConf.Load("/nowhere/server.conf", out string mistakes));
        Assert.StartsWith("--conf /nowhere/server.conf: no such file or directory; name a file", mistakes, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1:6379")]
    [InlineData("10.0.0.1:80", "10.0.0.1:80")]
    [InlineData("host", "host:6379")]
    [InlineData("[::1]", "[::1]:6379")]
    [InlineData("[::1]:80", "[::1]:80")]
    [InlineData("::1", "[::1]:6379")]
    public void A_node_on_the_command_line(string text, string endpoint)
    {
        Assert.Null(ServerConf.ParseEndpoint(text, 6379, out PeerAddress? node));
        Assert.Equal(endpoint, node!.Endpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("host:")]
    [InlineData("host:x")]
    [InlineData("[::1")]
    [InlineData("ho st")]
    public void A_wrong_node_on_the_command_line(string text)
    {
        Assert.NotNull(ServerConf.ParseEndpoint(text, 6379, out PeerAddress? node));
        Assert.Null(node);
    }

    [Fact]
    public void Keys_are_placed_as_in_the_C_program()
    {
        RingMap map = new(4);
        Assert.Equal(3, map.Owner("beta.bin"u8));
        Assert.Equal(0, map.Replica(3));
        RingMap one = new(1);
        Assert.Equal(0, one.Owner("beta.bin"u8));
        Assert.Equal(-1, one.Replica(0));
    }
}
