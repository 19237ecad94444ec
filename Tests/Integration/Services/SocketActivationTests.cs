using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

using Epollsrv.Tests.Integration.Http;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Services;

/// <summary>The published program with listening sockets that it is started with (Tests/Native/activate.c, made by gcc).</summary>
[Collection(LoadCollection.Name)]
public sealed class SocketActivationTests
{
    [Fact]
    public void The_sockets_that_were_passed_are_served_and_the_options_do_not_count()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--bind", "203.0.113.1", "--memcached", "1", "--admin-port", "1"],
            [Build(folder), "0", folder["socket"], "memcached=0", "admin=0", "--"]);
        int[] ports = Ports(node);
        Assert.Equal(3, ports.Length);
        using (RespClient client = new(new IPEndPoint(IPAddress.Loopback, ports[0])))
        {
            Assert.Equal("+OK", client.Call("SET", "key", "value"));
        }

        using (RespClient client = new(new UnixDomainSocketEndPoint(folder["socket"])))
        {
            Assert.Equal("value", client.Value("GET", "key"));
        }

        using (HttpConnection admin = new(new IPEndPoint(IPAddress.Loopback, ports[1])))
        {
            Assert.Equal("ready\n", admin.Get("/readyz").Text);
            Assert.Equal(404, admin.Get("/kv/key").Status);
        }

        using (Client memcached = new(new IPEndPoint(IPAddress.Loopback, ports[2])))
        {
            memcached.Send("get key\r\n"u8);
            Assert.Equal("VALUE key 0 5\r\nvalue\r\nEND\r\n", Encoding.ASCII.GetString(memcached.Receive(27)));
        }

        Assert.Equal(0, node.Stop());
        Assert.True(File.Exists(folder["socket"]), "the path of the socket is its owner's");
    }

    /// <summary>Clients that connect anew for each request, while the node is stopped and started several times.</summary>
    [Theory]
    [InlineData("adaptive")]
    [InlineData("queue")]
    public void No_connection_is_refused_or_lost_over_restarts(string dispatch)
    {
        const int Restarts = 5;
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--workers", "2", "--dispatch", dispatch],
            [Build(folder), "0", folder["socket"], "memcached=0", "--"]);
        int[] ports = Ports(node);
        EndPoint[] addresses =
        [
            new IPEndPoint(IPAddress.Loopback, ports[0]), new IPEndPoint(IPAddress.Loopback, ports[1]),
            new UnixDomainSocketEndPoint(folder["socket"]),
        ];
        long[] answered = new long[addresses.Length];
        bool ends = false;
        List<Beside> loads = [];
        for (int i = 0; i < addresses.Length; i++)
        {
            int place = i;
            loads.Add(new Beside(() =>
            {
                while (!Volatile.Read(ref ends))
                {
                    using Client client = new(addresses[place]);
                    client.Send("version\r\n"u8);
                    _ = client.Receive(1);
                    Interlocked.Increment(ref answered[place]);
                }

                return null;
            }));
        }

        for (int restart = 1; restart <= Restarts; restart++)
        {
            int ready = restart;
            NodeUnderTest.Until(() => Count(node.LogText, "ready on") == ready, "it is ready again");
            foreach (int place in (int[])[0, 1, 2])
            {
                long before = Interlocked.Read(ref answered[place]);
                NodeUnderTest.Until(() => loads[place].IsOver || Interlocked.Read(ref answered[place]) > before + 10, "it is used");
            }

            node.Signal("USR1");
        }

        NodeUnderTest.Until(() => Count(node.LogText, "ready on") == Restarts + 1, "it is ready for the last time");
        Volatile.Write(ref ends, true);
        loads.ForEach(load => load.Check());
        Assert.Equal(0, node.Stop());
        Assert.Equal(Restarts + 1, Count(node.LogText, "stopped after"));
    }

    [Fact]
    public void Sockets_of_another_process_do_not_count_and_what_does_not_listen_is_refused()
    {
        using (PublishedNode node = new(["--port", "0"], "env", "LISTEN_FDS=1", "LISTEN_PID=1"))
        {
            Assert.Equal(0, node.Stop());
        }

        (int code, string output) = PublishedNode.RunToEnd(
            ["sh", "-c", "exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"", "sh"], ["serve", "--port", "0"]);
        Assert.Equal(78, code);
        Assert.Contains("descriptor 3, which LISTEN_FDS passes, is no listening stream socket", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_all_machines_reach_needs_a_password_also_with_a_socket_that_was_passed()
    {
        using TemporaryFolder folder = new();
        (int code, string output) = PublishedNode.RunToEnd([Build(folder), "*0", "--"], ["serve"]);
        Assert.Equal(78, code);
        Assert.Contains("can be reached from other machines and there is no password", output, StringComparison.Ordinal);
    }

    private static string Build(TemporaryFolder folder)
    {
        string program = folder["activate"];
        using Process gcc = Process.Start("gcc", ["-O1", Path.Combine(Binary.Root, "Tests", "Native", "activate.c"), "-o", program]);
        gcc.WaitForExit();
        Assert.Equal(0, gcc.ExitCode);
        return program;
    }

    private static int[] Ports(PublishedNode node)
    {
        MatchCollection found = Regex.Matches(node.LogText, @"127\.0\.0\.1:(\d+)");
        return [.. System.Linq.Enumerable.Select(found, match
            => int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
