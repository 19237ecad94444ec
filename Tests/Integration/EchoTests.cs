using System;
using System.IO;
using System.Linq;
using System.Net;

using Epollsrv.Engine;

using Xunit;

using SocketAddress = Epollsrv.Native.SocketAddress;

namespace Epollsrv.Tests.Integration;

/// <summary>The smallest server on the engine, in every way of dispatching and re-arming.</summary>
public sealed class EchoTests
{
    public static TheoryData<string> Places => NodeUnderTest.Places;

    [Theory]
    [MemberData(nameof(Places))]
    public void What_arrives_comes_back_on_every_connection(string place)
    {
        string[] words = place.Split(' ');
        Assert.True(SocketAddress.TryParse("127.0.0.1", 0, out SocketAddress address));
        Server server = Echo.Listen(
            address, words[0] == "queue" ? DispatchPolicy.Queue : DispatchPolicy.Adaptive, words[1] == "edge" ? RearmWay.Edge
            : words[1] == "oneshot" ? RearmWay.OneShot : RearmWay.Delete);
        Beside loop = new(() => server.Run() == 0 ? null : "the loop failed");
        Client[] clients = [.. Enumerable.Range(0, 20)
            .Select(_ => new Client(new IPEndPoint(IPAddress.Loopback, server.BoundAddresses[0].Port)))];
        byte[] bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        for (int round = 0; round < 3; round++)
        {
            foreach (Client client in clients)
            {
                client.Send(bytes);
            }

            foreach (Client client in clients)
            {
                Assert.Equal(bytes, client.Receive(bytes.Length));
            }
        }

        Array.ForEach(clients, static client => client.Dispose());
        server.RequestStop();
        loop.Check();
    }

    [Fact]
    public void The_document_shows_this_example()
    {
        string root = Binary.Root;
        string source = File.ReadAllText(Path.Combine(root, "Tests", "Integration", "Echo.cs"));
        Assert.Contains(source[source.IndexOf("internal static unsafe class Echo", StringComparison.Ordinal)..],
            File.ReadAllText(Path.Combine(root, "docs", "EPOLL.md")), StringComparison.Ordinal);
    }
}
