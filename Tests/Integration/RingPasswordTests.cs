using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The password of a ring over CS: who is told it, and what guessing it costs.</summary>
public sealed class RingPasswordTests
{
    [Fact]
    public void A_registered_holder_that_is_no_node_of_the_ring_is_never_told_the_password()
    {
        using Unit.TemporaryFolder folder = new();
        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--password", "secret");
        node.WaitFor("ready on");
        string address = node.Output.Split("listening on ")[1].Trim();
        using TcpListener thief = new(IPAddress.Loopback, 0);
        thief.Start();
        byte[] heard = [];
        Thread listening = new(() => heard = Listen(thief)) { IsBackground = true };
        listening.Start();
        _ = RingProcess.Run(0, folder.Path, "put", "evil", "127.0.0.1 " + ((IPEndPoint)thief.LocalEndpoint).Port, "--server", address, "--password", "secret");

        RingProcess fetch = RingProcess.Run(1, folder.Path, "fetch", "evil", "--server", address, "--password", "secret");
        Assert.Contains("it was not told", fetch.Errors, StringComparison.Ordinal);
        Assert.True(listening.Join(10_000));
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(heard), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_password_waits_for_its_answer_and_ends_the_connection()
    {
        using Unit.TemporaryFolder folder = new();
        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--password", "secret");
        node.WaitFor("ready on");
        int port = int.Parse(node.Output.Split(':')[^1].Trim(), System.Globalization.CultureInfo.InvariantCulture);
        using TcpClient client = new("127.0.0.1", port) { ReceiveTimeout = 10_000 };
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, CsFrame.PasswordKey, "wrong"u8);
        Stopwatch time = Stopwatch.StartNew();
        client.GetStream().Write(frame);
        client.GetStream().ReadExactly(frame);
        Assert.Equal(CsFrame.Error, CsFrame.Status(frame));
        Assert.InRange(time.ElapsedMilliseconds, 240, 10_000);
        Assert.Equal(0, client.GetStream().Read(frame));
    }

    // Answers like a node of ours that wants the password; all that it is sent.
    private static byte[] Listen(TcpListener listener)
    {
        using System.Net.Sockets.Socket peer = listener.AcceptSocket();
        peer.ReceiveTimeout = 5000;
        byte[] request = new byte[CsFrame.Size];
        int used = 0;
        while (used < request.Length)
        {
            used += peer.Receive(request, used, request.Length - used, SocketFlags.None);
        }

        byte[] reply = new byte[CsFrame.Size];
        CsFrame.WriteGetReply(request, reply, "epollsrv 0.1.0 keys=1 password=wanted"u8);
        _ = peer.Send(reply);
        byte[] more = new byte[CsFrame.Size];
        try
        {
            int count = peer.Receive(more);
            return more[..count];
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
