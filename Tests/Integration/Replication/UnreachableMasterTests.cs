using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Masters that cannot be reached: the log says why, and the node stops without waiting for them.</summary>
public sealed class UnreachableMasterTests
{
    private const string Place = "published adaptive edge";

    [Fact]
    public void A_master_that_refuses_the_connection_is_named_with_the_cause() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", RingProcesses.FreePort().ToString(CultureInfo.InvariantCulture)));
        node.AwaitLog(" is down: refused; next attempt in 1 s");
    });

    [Fact]
    public void A_stop_does_not_wait_for_a_master_that_does_not_answer() => WithSilentMaster((node, _) =>
    {
        Assert.Equal(0, node.Stop());
        Assert.DoesNotContain("cut off", node.LogText, StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Category", "Replication")]
    public void A_master_that_does_not_answer_is_tried_again_before_repl_timeout() => WithSilentMaster((node, master) =>
    {
        string told = master + " is down: no answer for 10 s; next attempt in 1 s";
        node.AwaitLog(told);
    });

    // The kernel drops whoever connects to a port whose queue of connections is full, as a firewall does.
    private static void WithSilentMaster(Action<NodeUnderTest, string> body)
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start(1);
        EndPoint place = silent.LocalEndpoint;
        List<Socket> waiting = [];
        try
        {
            bool isFull = false;
            while (!isFull)
            {
                Socket next = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                waiting.Add(next);
                try
                {
                    next.Connect(place);
                }
                catch (SocketException)
                {
                    isFull = !next.Poll(500_000, SelectMode.SelectWrite);
                }
            }

            string[] options = ["--replica-of", place.ToString()!, "--drain-timeout", "1m", "--log-level", "debug"];
            using NodeUnderTest node = NodeUnderTest.Start(Place, options);
            node.AwaitLog(": sends PING");
            body(node, place.ToString()!);
        }
        finally
        {
            waiting.ForEach(one => one.Dispose());
        }
    }
}
