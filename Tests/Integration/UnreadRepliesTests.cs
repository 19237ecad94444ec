using System;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Replies that nobody takes are not kept for peers that may not ask for anything yet.</summary>
[Collection(LoadCollection.Name)]
public sealed class UnreadRepliesTests
{
    [Theory]
    [InlineData("RESP")]
    [InlineData("RESP inline")]
    [InlineData("RESP HELLO")]
    [InlineData("RESP RESET")]
    [InlineData("HTTP")]
    [InlineData("HTTP host")]
    [InlineData("HTTP health")]
    [InlineData("CS")]
    [InlineData("CS identity")]
    public void Without_the_password_replies_that_are_not_read_are_not_kept(string way) => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            byte[] request = way switch
            {
                "RESP" => RespClient.Request("GET", "x"),
                "RESP inline" => "GET x\r\n"u8.ToArray(),
                "RESP HELLO" => RespClient.Request("HELLO", "3"),
                "RESP RESET" => RespClient.Request("RESET"),
                "HTTP" => "GET /kv/x HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(),
                "HTTP host" => "GET /kv/x HTTP/1.1\r\nHost: elsewhere\r\n\r\n"u8.ToArray(),
                "HTTP health" => "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(),
                "CS identity" => Frames.Request(CsFrame.Get, CsFrame.IdentityKey),
                _ => Frames.Get("x"),
            };
            byte[] many = BackPressureTests.Repeat(request, 64_000 / request.Length);
            long most = 0;
            using Client client = node.Connect(receiveBuffer: 4096);
            Assert.ThrowsAny<SocketException>(() =>
            {
                for (int sent = 0; sent < 200 << 20; sent += many.Length)
                {
                    client.Send(many);
                    most = Math.Max(most, node.Server.Buffers.InUse);
                }
            });
            Assert.InRange(most, 0, 256 << 10);
            NodeUnderTest.Until(() => node.Server.Connections.Open == 0 && node.Server.Buffers.InUse == 0,
                "it is closed and holds nothing");

            // Who reads is answered.
            using Client reader = node.Connect();
            long received = 0;
            Task reading = NodeUnderTest.Aside(() =>
            {
                byte[] buffer = new byte[65536];
                int count;
                while ((count = reader.Socket.Receive(buffer)) > 0)
                {
                    _ = Interlocked.Add(ref received, count); // pairs with the read that waits for it
                }
            });
            for (int i = 0; i < 20; i++)
            {
                // However slow it is: it has the answers before it asks again.
                long before = Volatile.Read(ref received);
                reader.Send(many.AsSpan(0, request.Length * 20));
                NodeUnderTest.Until(() => Volatile.Read(ref received) > before && node.Server.Buffers.InUse == 0, "answered");
            }

            reader.Socket.Shutdown(SocketShutdown.Send);
            reading.Wait();
        },
        "--password", "secret");
}
