using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>A node whose disk is full can be stopped, and says that not everything was written.</summary>
[Trait("Category", "Durability")]
public sealed class StopTests
{
    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void A_node_stops_while_a_rewrite_waits_for_a_full_disk(string policy)
    {
        using TemporaryFolder folder = new();
        FullLogDisk disk = new();
        using InProcessNode node = new(["--port", "0", "--workers", "2", "--data", folder["data"], "--fsync", policy], disk);
        using (RespClient client = new(node))
        {
            Assert.Equal("+OK", client.Call("SET", "a", "1"));
            disk.IsFull = true;
            try
            {
                _ = client.Call("SET", "b", "2");
            }
            catch (Exception exception) when (exception is SocketException or EndOfStreamException)
            {
                // Nobody knows whether it will be there.
            }
        }

        using (RespClient client = new(node))
        {
            Assert.StartsWith("-MISCONF", client.Call("SET", "c", "3"), StringComparison.Ordinal);
            Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
            Thread.Sleep(300);
            Assert.Equal("$1\r\n1\r\n", client.Call("GET", "a"));
        }

        node.RequestStop();
        Assert.Equal(0, node.WaitForExit());
        Assert.False(node.SavedAll);
    }
}
