using System;
using System.Diagnostics;
using System.Globalization;

using Epollsrv.Native;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit.Engine;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>
/// The second question the C program left open: what non-blocking sockets cost (docs/EPOLL.md). Prints nanoseconds for a recv that finds a
/// frame on a blocking and on a non-blocking socket, and for one that finds nothing.
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed unsafe class ReceiveCostTests(ITestOutputHelper output)
{
    private const int Rounds = 4000;
    private const int Frame = 1500;

    [Fact]
    public void A_receive_that_finds_a_frame_costs_the_same_on_a_non_blocking_socket()
    {
        byte* buffer = stackalloc byte[65536];
        double blocking = double.MaxValue;
        double nonBlocking = double.MaxValue;
        double nothing = double.MaxValue;

        // The best of several, in turn: other work on the machine must not look like a difference.
        for (int repeat = 0; repeat < 7; repeat++)
        {
            using (SocketPair pair = new())
            {
                nonBlocking = Math.Min(nonBlocking, Receive(pair.First, pair.Second, buffer));
                Stopwatch watch = Stopwatch.StartNew();
                for (int i = 0; i < Rounds; i++)
                {
                    Assert.Equal(-Errno.Again, Socket.Receive(pair.First, buffer, 65536));
                }

                nothing = Math.Min(nothing, watch.Elapsed.TotalNanoseconds / Rounds);
            }

            using BlockingPair other = new();
            blocking = Math.Min(blocking, Receive(other.First, other.Second, buffer));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"send and recv of a frame: blocking {blocking:F0} ns, non-blocking {nonBlocking:F0} ns; a recv that finds nothing: {nothing:F0} ns"));
        Assert.InRange(nonBlocking, 0, 3 * blocking);
        Assert.InRange(nothing, 0, nonBlocking);
    }

    private static double Receive(int receiver, int sender, byte* buffer)
    {
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < Rounds; i++)
        {
            Assert.Equal(Frame, Socket.Send(sender, buffer, Frame, 0));
            Assert.Equal(Frame, Socket.Receive(receiver, buffer, 65536));
        }

        return watch.Elapsed.TotalNanoseconds / Rounds;
    }

    // .NET's own sockets are blocking descriptors as long as nothing asynchronous is done with them.
    private sealed class BlockingPair : IDisposable
    {
        private readonly System.Net.Sockets.Socket _listener =
            new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        private readonly Client _client;
        private readonly System.Net.Sockets.Socket _accepted;

        public BlockingPair()
        {
            _listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
            _listener.Listen();
            _client = new Client(
                new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, ((System.Net.IPEndPoint)_listener.LocalEndPoint!).Port));
            _accepted = _listener.Accept();
            _accepted.NoDelay = true;
        }

        public int First => (int)_accepted.Handle;

        public int Second => (int)_client.Socket.Handle;

        public void Dispose()
        {
            _accepted.Dispose();
            _client.Dispose();
            _listener.Dispose();
        }
    }
}
