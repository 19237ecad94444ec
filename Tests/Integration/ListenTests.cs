using System;
using System.IO;
using System.Net;
using System.Net.Sockets;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Addresses: taken ports, bad addresses, Unix-domain sockets, IPv6, several at once.</summary>
public sealed class ListenTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Fact]
    public void A_port_in_use_ends_with_69_and_says_what_to_do()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        (int code, string output) =
            PublishedNode.RunToEnd(
            "serve", "--port", ((IPEndPoint)taken.LocalEndPoint!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(69, code);
        Assert.Contains("cannot listen on 127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Contains("choose another port", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_another_machine_ends_with_69_and_says_what_to_do()
    {
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--bind", "203.0.113.1", "--open");
        Assert.Equal(69, code);
        Assert.Contains("--bind must name an address of this machine", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("300.1.1.1")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("unix:")]
    [InlineData("[::1")]
    public void A_bind_that_is_no_address_ends_with_64_and_names_the_option(string address)
    {
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--bind", address);
        Assert.Equal(64, code);
        Assert.Contains("--bind", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_restarted_at_once_gets_its_port_again()
    {
        int port;
        using (NodeUnderTest node = NodeUnderTest.Start("published adaptive edge"))
        {
            port = node.Port;
            using Client client = node.Connect();
            client.Put("key", "value");
            Assert.Equal(0, node.Stop());
        }

        using NodeUnderTest again =
            NodeUnderTest.Start("published adaptive edge", "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(port, again.Port);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Several_addresses_of_all_families_serve_one_store(string place)
    {
        using TemporaryFolder folder = new();
        string path = folder["node.sock"];
        NodeUnderTest.Run(
            place,
            node =>
            {
                using Client four = node.Connect();
                using Client six = new(new IPEndPoint(IPAddress.IPv6Loopback, node.Port));
                using Client unix = new(new UnixDomainSocketEndPoint(path));
                four.Put("four", "4");
                six.Put("six", "6");
                unix.Put("unix", "u");
                foreach (Client client in (Client[])[four, six, unix])
                {
                    Assert.Equal("4", client.Get("four"));
                    Assert.Equal("6", client.Get("six"));
                    Assert.Equal("u", client.Get("unix"));
                }

                Assert.Equal(0, node.Stop());
                Assert.False(File.Exists(path), "the socket's path is left over");
            },
            "--bind", "127.0.0.1,::1,unix:" + path);
    }

    [Fact]
    public void A_socket_left_over_by_a_killed_node_is_replaced_and_one_in_use_is_not()
    {
        using TemporaryFolder folder = new();
        string path = folder["node.sock"];
        using (NodeUnderTest killed = NodeUnderTest.Start("published adaptive edge", "--bind", "unix:" + path))
        {
            killed.Process.Kill();
            killed.Process.WaitForExit();
        }

        Assert.True(File.Exists(path));
        using NodeUnderTest node = NodeUnderTest.Start("published adaptive edge", "--bind", "unix:" + path);
        (int code, string output) = PublishedNode.RunToEnd("serve", "--bind", "unix:" + path);
        Assert.Equal(69, code);
        Assert.Contains("another program listens there", output, StringComparison.Ordinal);
        using Client client = new(new UnixDomainSocketEndPoint(path));
        client.Put("key", "value");
    }

    /// <summary>A machine may get its address a moment after the node was started: the exit code is one after which it is started again.
    /// </summary>
    [Fact]
    public void An_address_that_this_machine_does_not_have_ends_with_69()
    {
        using TemporaryFolder folder = new();
        (int code, string output) = PublishedNode.RunToEnd("serve", "--bind", "203.0.113.1", "--open");
        Assert.Equal(69, code);
        Assert.Contains("--bind must name an address of this machine", output, StringComparison.Ordinal);
        folder.Write("server.conf", "203.0.113.1 6379\n203.0.113.2 6379\n");
        (code, output) = PublishedNode.RunToEnd("serve", "--conf", folder["server.conf"], "--open");
        Assert.Equal(69, code);
        Assert.Contains("no node of the ring has an address of this machine", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_socket_is_never_removed()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("precious", "do not lose me");
        (int code, _) = PublishedNode.RunToEnd("serve", "--bind", "unix:" + path);
        Assert.Equal(69, code);
        Assert.Equal("do not lose me", File.ReadAllText(path));
    }

    [Fact]
    public void A_stopping_node_leaves_the_socket_that_another_has_put_in_its_place()
    {
        using TemporaryFolder folder = new();
        string path = folder["node.sock"];
        using NodeUnderTest first = NodeUnderTest.Start("published adaptive edge", "--bind", "unix:" + path);
        File.Delete(path);
        using NodeUnderTest second = NodeUnderTest.Start("published adaptive edge", "--bind", "unix:" + path);
        Assert.Equal(0, first.Stop());
        using (Client client = new(new UnixDomainSocketEndPoint(path)))
        {
            client.Put("key", "value");
        }

        Assert.Equal(0, second.Stop());
        Assert.False(File.Exists(path), "the second node's own path is left over");
    }

    [Fact]
    public void A_node_without_an_address_and_port_says_that_its_files_are_registered_nowhere()
    {
        using TemporaryFolder folder = new();
        folder.Write("file", "text");
        using PublishedNode node = new(["--bind", "unix:" + folder["node.sock"], "--share", folder.Path]);
        node.AwaitLog("the files of --share are registered nowhere");
        using Http.HttpConnection http = new(new UnixDomainSocketEndPoint(folder["node.sock"]));
        Assert.Equal("text", http.Get("/files/file").Text);
        Assert.DoesNotContain("no such host", node.LogText, StringComparison.Ordinal);
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void Of_nodes_that_start_at_once_over_a_socket_left_behind_one_gets_it()
    {
        using TemporaryFolder folder = new();
        string path = folder["node.sock"];
        for (int round = 0; round < 5; round++)
        {
            using (NodeUnderTest killed = NodeUnderTest.Start("published adaptive edge", "--bind", "unix:" + path))
            {
                killed.Process.Kill();
                killed.Process.WaitForExit();
            }

            PublishedNode[] nodes = new PublishedNode[6];
            for (int i = 0; i < nodes.Length; i++)
            {
                nodes[i] = PublishedNode.StartOnly("serve", "--bind", "unix:" + path);
            }

            try
            {
                NodeUnderTest.Until(() =>
                    Array.TrueForAll(nodes, node => node.Process.HasExited || node.LogText.Contains("ready on", StringComparison.Ordinal)),
                    "all have started or ended");
                PublishedNode serving = Assert.Single(nodes, node => !node.Process.HasExited);
                Assert.All(nodes, node => Assert.True(node == serving || node.Process.ExitCode == 69));
                using (Client client = new(new UnixDomainSocketEndPoint(path)))
                {
                    client.Put("key", "value");
                }

                serving.RequestStop();
                Assert.Equal(0, serving.WaitForExit());
            }
            finally
            {
                Array.ForEach(nodes, node => node.Dispose());
            }
        }
    }

    [Fact]
    public void Without_IPv6_its_loopback_is_left_out_with_one_warning()
    {
        using Refusal refusal = new("version6", "AFNOSUPPORT");
        using PublishedNode node = new(["--port", "0", "--bind", "::,127.0.0.1,::1", "--open", "--admin-port", "0"], refusal.Wrapper);
        Assert.Equal(1, node.LogText.Split("IPv6 is off").Length - 1);
        node.AwaitLog("the other addresses are served");
        using (Client client = node.Connect())
        {
            client.Put("key", "value");
        }

        string port = node.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((0, string.Empty), refusal.RunToEnd("healthcheck", "--bind", "::,127.0.0.1", "--port", port));
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void Without_IPv6_an_address_of_it_alone_ends_with_69_in_words()
    {
        using Refusal refusal = new("version6", "AFNOSUPPORT");
        (int code, string output) = refusal.RunToEnd("serve", "--port", "0", "--bind", "::1");
        Assert.Equal(69, code);
        Assert.Contains("cannot listen on [::1]:0: this machine has no such address family (IPv6 is off); leave the address out of --bind",
            output, StringComparison.Ordinal);
    }
}
