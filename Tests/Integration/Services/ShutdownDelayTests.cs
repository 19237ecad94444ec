using System;
using System.Diagnostics;
using System.IO;

using Epollsrv.Tests.Integration.Http;
using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Services;

/// <summary>What happens between SIGTERM and the end: the delay, and downloads under way.</summary>
[Collection(LoadCollection.Name)]
public sealed class ShutdownDelayTests
{
    [Fact]
    public void After_SIGTERM_clients_are_taken_for_a_while_although_the_node_is_not_ready()
    {
        using NotifySocket manager = new();
        using PublishedNode node = new(["--port", "0", "--shutdown-delay", "1h"], manager.Wrapper());
        manager.NextWith("READY=1");
        using RespClient old = new(node);
        Assert.Equal("+PONG", old.Call("PING"));
        node.Signal("TERM");
        Assert.Equal("EXTEND_TIMEOUT_USEC=3625000000", manager.NextWith("STOPPING=1")[1]);
        using (HttpConnection http = new(node))
        {
            HttpReply reply = http.Get("/readyz");
            Assert.Equal((503, "stopping\n"), (reply.Status, reply.Text));
            Assert.Equal(200, http.Get("/healthz").Status);
        }

        using (RespClient client = new(node))
        {
            Assert.Equal("+OK", client.Call("SET", "key", "value"));
        }

        Assert.Equal("value", old.Value("GET", "key"));
        node.Signal("TERM");
        Assert.Equal(0, node.WaitForExit());
        node.AwaitLog("a second one stops now");
    }

    [Theory]
    [InlineData("adaptive")]
    [InlineData("queue")]
    public void The_stop_begins_when_the_delay_is_over(string dispatch)
    {
        const int Delay = 700;
        using PublishedNode node = new(["--port", "0", "--shutdown-delay", "700ms", "--dispatch", dispatch]);
        Stopwatch watch = Stopwatch.StartNew();
        node.Signal("TERM");
        Assert.Equal(0, node.WaitForExit());
        Assert.InRange(watch.ElapsedMilliseconds, Delay, Patience.Milliseconds);
    }

    [Fact]
    public void SIGINT_and_SHUTDOWN_do_not_wait()
    {
        string[] options = ["--port", "0", "--shutdown-delay", "1h"];
        using (PublishedNode node = new([.. options], "env", "--default-signal=INT"))
        {
            node.Signal("INT");
            Assert.Equal(0, node.WaitForExit());
        }

        using (PublishedNode node = new([.. options]))
        {
            using RespClient client = new(node);
            client.Send("SHUTDOWN");
            Assert.Equal(0, node.WaitForExit());
        }
    }

    /// <summary>
    /// The reply is in the kernel's buffers when the stop begins. The program must not end before the client has it: in a container, the
    /// buffers end with the program.
    /// </summary>
    [Fact]
    public void A_stop_waits_until_clients_have_what_lies_in_the_kernel()
    {
        const int Length = 300_000;
        using PublishedNode node = new(["--port", "0", "--drain-timeout", "1h"]);
        using Client client = node.Connect(receiveBuffer: 4096);
        using (RespClient other = new(node))
        {
            Assert.Equal("+OK", other.Call("SET", "key", new string('x', Length)));
        }

        client.Send("GET key\r\n"u8);
        _ = client.Receive(1);
        node.RequestStop();

        // Longer than closing connections are waited for.
        Assert.False(node.Process.WaitForExit(2500), "it ended before the reply was taken");
        _ = client.Receive(Length);
        client.Dispose();
        Assert.Equal(0, node.WaitForExit());
    }

    [Fact]
    public void A_download_under_way_is_not_cut_before_the_drain_time_is_over()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[20_000_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(folder["file"], bytes);
        using PublishedNode node = new(["--port", "0", "--share", folder.Path, "--drain-timeout", "1h"]);
        using HttpConnection http = new(node, receiveBuffer: 65536);
        http.Send("GET /files/file HTTP/1.1\r\nHost: localhost\r\n\r\n");
        byte[] head = http.Client.Receive(1000);
        int begin = head.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        node.RequestStop();

        // Longer than the default of --drain-timeout.
        Assert.False(node.Process.WaitForExit(5500), "it ended before the file was taken");
        byte[] rest = http.Client.Receive(bytes.Length - (head.Length - begin));
        byte[] received = [.. head[begin..], .. rest];
        Assert.Equal(bytes, received);
        http.Dispose();
        Assert.Equal(0, node.WaitForExit());
    }

    [Theory]
    [InlineData("0666", "666")]
    [InlineData("660", "660")]
    public void The_mode_of_a_socket_is_what_was_asked_for(string mode, string expected)
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--bind", "unix:" + folder["socket"], "--socket-mode", mode]);
        Assert.True(folder.Run("sh", "-c", "[ $(stat -c %a socket) = " + expected + " ]"));
        Assert.Equal(0, node.Stop());
    }

    [Theory]
    [InlineData("1000")]
    [InlineData("8")]
    [InlineData("rw")]
    [InlineData("0x1ff")]
    public void A_mode_that_is_none_is_refused(string mode)
    {
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--socket-mode", mode);
        Assert.Equal(64, code);
        Assert.Contains("is not a mode of files; allowed: 0 to 0777, octal", output, StringComparison.Ordinal);
    }
}
