using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;

using Epollsrv.Node;
using Epollsrv.Protocol.Cs;
using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Guesses of the password are slowed down by the address they come from, however many connections it has.</summary>
public sealed class PasswordGuessingTests
{
    private const int Guesses = 8;

    [Fact]
    public void Guesses_of_one_address_are_looked_at_one_after_the_other_over_all_protocols()
        => NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                RespClient[] clients = [.. Enumerable.Range(0, Guesses).Select(_ => new RespClient(node))];
                using HttpConnection http = new(node);
                using Client cs = node.Connect();
                long began = Environment.TickCount64;
                foreach (RespClient client in clients)
                {
                    client.Send("AUTH", "wrong");
                }

                http.Send("GET /kv/k HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer wrong\r\n\r\n");
                cs.Send(Frames.Request(CsFrame.Get, CsFrame.PasswordKey.ToArray(), "wrong"u8.ToArray()));
                foreach (RespClient client in clients)
                {
                    Assert.StartsWith("-WRONGPASS", client.Reply(), StringComparison.Ordinal);
                    client.Dispose();
                }

                Assert.Equal(401, http.Read().Status);
                Assert.NotEqual(CsFrame.Ok, cs.Receive(CsFrame.Size)[CsFrame.StatusOffset]);

                // Each of the ten waits for the one before. At the same time they would all be answered within half a second.
                long least = (Guesses + 2) * 250;
                Assert.True(Environment.TickCount64 - began >= least, "took " + (Environment.TickCount64 - began) + " ms");
                node.AwaitLog("a wrong password from 127.0.0.1");
            },
            "--password",
            "secret");

    [Fact]
    public void The_right_password_waits_only_where_wrong_ones_come_from()
        => NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                // As many as keep their address waiting for a minute.
                RespClient[] clients = [.. Enumerable.Range(0, 240).Select(_ => new RespClient(node))];
                foreach (RespClient client in clients)
                {
                    client.Send("AUTH", "wrong");
                }

                NodeUnderTest.Until(() => RunningNode.Of(node.Server).Common.Guard.Wrong > 0);
                NodeUnderTest.Until(() =>
                {
                    long began = Environment.TickCount64;
                    using Socket other = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    other.ReceiveTimeout = Patience.Milliseconds;
                    other.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                    other.Connect(node.Address);
                    _ = other.Send(RespClient.Request("AUTH", "secret"));
                    byte[] reply = new byte[5];
                    Assert.Equal(5, other.Receive(reply));
                    Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(reply));

                    // Each delay would be at least this long, and a busy machine does not hold up every login for so long.
                    return Environment.TickCount64 - began < 250;
                });
                Array.ForEach(clients, static client => client.Dispose());
            },
            "--password",
            "secret");
}
