using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

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
        // On standard output, which may be read later than standard error.
        node.WaitFor("listening on ");
        string address = node.Output.Split("listening on ")[1].Trim();
        using TcpListener thief = new(IPAddress.Loopback, 0);
        thief.Start();
        byte[] heard = [];
        Beside listening = new(() =>
        {
            heard = Listen(thief);
            return null;
        });
        _ = RingProcess.Run(0, folder.Path, "put", "evil", "127.0.0.1 " + ((IPEndPoint)thief.LocalEndpoint).Port, "--server", address,
            "--password", "secret");

        RingProcess fetch = RingProcess.Run(1, folder.Path, "fetch", "evil", "--server", address, "--password", "secret");
        Assert.Contains("it was not told", fetch.Errors, StringComparison.Ordinal);
        listening.Check();
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(heard), StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_password_waits_for_its_answer_and_ends_the_connection()
    {
        using Unit.TemporaryFolder folder = new();
        using RingProcess node = new(folder.Path, "serve", "--port", "0", "--password", "secret");
        node.WaitFor("ready on");
        // On standard output, which may be read later than standard error.
        node.WaitFor("listening on ");
        int port = int.Parse(node.Output.Split(':')[^1].Trim(), System.Globalization.CultureInfo.InvariantCulture);
        using TcpClient client = new("127.0.0.1", port) { ReceiveTimeout = Patience.Milliseconds };
        byte[] frame = new byte[CsFrame.Size];
        CsFrame.WriteRequest(frame, CsFrame.Get, CsFrame.PasswordKey, "wrong"u8);
        Stopwatch time = Stopwatch.StartNew();
        client.GetStream().Write(frame);
        client.GetStream().ReadExactly(frame);
        Assert.Equal(CsFrame.Error, CsFrame.Status(frame));
        Assert.InRange(time.ElapsedMilliseconds, 240, Patience.Milliseconds);
        Assert.Equal(0, client.GetStream().Read(frame));
    }

    [Fact]
    public void Before_the_password_a_node_tells_nothing_but_that_it_wants_one()
    {
        using PublishedNode node = new(["--port", "0", "--password", "secret"]);
        using Client client = node.Connect();
        byte[] request = new byte[CsFrame.Size];
        CsFrame.WriteRequest(request, CsFrame.Get, CsFrame.IdentityKey, default);
        client.Send(request);
        Assert.Equal("epollsrv password=wanted", Encoding.ASCII.GetString(CsFrame.ReplyValue(client.Receive(CsFrame.Size))));
        CsFrame.WriteRequest(request, CsFrame.Get, CsFrame.PasswordKey, "secret"u8);
        client.Send(request);
        Assert.Equal(CsFrame.Ok, CsFrame.Status(client.Receive(CsFrame.Size)));
        CsFrame.WriteRequest(request, CsFrame.Get, CsFrame.IdentityKey, default);
        client.Send(request);
        Assert.Matches("^epollsrv [0-9.]+ keys=0 files=0$", Encoding.ASCII.GetString(CsFrame.ReplyValue(client.Receive(CsFrame.Size))));
        using Unit.TemporaryFolder folder = new();
        string server = "127.0.0.1:" + node.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Matches("epollsrv +[0-9.]+ ms +[?] +[?]\n", RingProcess.Run(0, folder.Path, "nodes", "--server", server).Output);
        Assert.Matches("epollsrv [0-9.]+ +[0-9.]+ ms +0 +0\n",
            RingProcess.Run(0, folder.Path, "nodes", "--server", server, "--password", "secret").Output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("old")]
    public void A_password_set_while_the_ring_runs_locks_no_node_out_of_its_own_ring(string before)
    {
        using Unit.TemporaryFolder folder = new();
        int[] ports = [RingProcesses.FreePort(), RingProcesses.FreePort()];
        string conf = folder.Write("server.conf", "127.0.0.1 " + ports[0] + "\n127.0.0.1 " + ports[1] + "\n");
        string[] given = before.Length == 0 ? [] : ["--password", before];
        using PublishedNode first = Start(0);
        using PublishedNode second = Start(1);
        Await(first, "early-1", before, "early-1");

        using (RespClient client = new(first))
        {
            _ = before.Length == 0 ? string.Empty : client.Call("AUTH", before);
            Assert.StartsWith("-ERR", client.Call("CONFIG", "SET", "requirepass", new string('x', 256)), StringComparison.Ordinal);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "requirepass", "new"));
        }

        NodeUnderTest.Until(() =>
            first.LogText.Contains("the other nodes of a ring and its commands need the same", StringComparison.Ordinal),
            "the node says so");

        // Both copies of what the node registers from now on: its own has the new password, the other node still the one before.
        _ = folder.Write("0/late-1");
        Await(first, "late-1", "new", "late-1");
        Await(second, "late-1", before, "late-1");

        // Told as well, the other is back in: so are its files.
        using (RespClient client = new(second))
        {
            _ = before.Length == 0 ? string.Empty : client.Call("AUTH", before);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "requirepass", "new"));
        }

        _ = folder.Write("1/late-2");
        Await(first, "late-2", "new", "late-2");
        Await(second, "late-2", "new", "late-2");
        Assert.Equal(0, first.Stop());
        Assert.Equal(0, second.Stop());

        PublishedNode Start(int index)
        {
            string shared = folder[index.ToString(System.Globalization.CultureInfo.InvariantCulture)];
            _ = System.IO.Directory.CreateDirectory(shared);
            System.IO.File.WriteAllText(System.IO.Path.Combine(shared, "early-" + (index + 1)), "text");
            return new PublishedNode(
                ["--conf", conf, "--id", (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), "--share", shared,
                .. given]);
        }

        // Until one node by itself knows a holder of the file.
        static void Await(PublishedNode node, string name, string password, string what)
        {
            byte[] request = new byte[CsFrame.Size];
            NodeUnderTest.Until(
                () =>
                {
                    using Client client = node.Connect();
                    if (password.Length > 0)
                    {
                        CsFrame.WriteRequest(request, CsFrame.Get, CsFrame.PasswordKey, Encoding.ASCII.GetBytes(password));
                        client.Send(request);
                        Assert.Equal(CsFrame.Ok, CsFrame.Status(client.Receive(CsFrame.Size)));
                    }

                    CsFrame.WriteRequest(request, CsFrame.Get, Encoding.ASCII.GetBytes(name), default);
                    client.Send(request);
                    return CsFrame.Status(client.Receive(CsFrame.Size)) == CsFrame.Ok;
                },
                what + " is registered; log of the node:\n" + node.LogText);
        }
    }

    // Answers like a node of ours that wants the password; all that it is sent.
    private static byte[] Listen(TcpListener listener)
    {
        using System.Net.Sockets.Socket peer = listener.AcceptSocket();
        peer.ReceiveTimeout = Patience.Milliseconds;
        byte[] request = new byte[CsFrame.Size];
        int used = 0;
        while (used < request.Length)
        {
            used += peer.Receive(request, used, request.Length - used, SocketFlags.None);
        }

        byte[] reply = new byte[CsFrame.Size];
        CsFrame.WriteGetReply(request, reply, CsFrame.StrangerIdentity);
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
