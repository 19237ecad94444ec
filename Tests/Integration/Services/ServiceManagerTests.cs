using System;
using System.Collections.Generic;
using System.Globalization;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration.Services;

/// <summary>What the published program tells systemd, over a socket that stands in for systemd's.</summary>
[Collection(LoadCollection.Name)]
public sealed class ServiceManagerTests
{
    private const string Watchdog = "WATCHDOG=1";

    // Twice of it is waited for without a message.
    private const int PeriodMilliseconds = 1000;

    private static string PeriodVariable
        => "WATCHDOG_USEC=" + (PeriodMilliseconds * 1000).ToString(CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_says_when_it_serves_and_when_it_stops(bool isAbstract)
    {
        using NotifySocket manager = new(isAbstract);
        using PublishedNode node = new(["--port", "0", "--shutdown-delay", "0s", "--drain-timeout", "1m"], manager.Wrapper());
        Assert.Equal(["READY=1", "STATUS=serving: 0 connections, 0 keys"], manager.Next());
        Assert.Equal(0, node.Stop());
        Assert.Equal(["STOPPING=1", "EXTEND_TIMEOUT_USEC=190000000", "STATUS=stopping"], manager.Next());
        Assert.True(manager.IsSilent(Watchdog, 100));
    }

    [Fact]
    public void It_serves_when_its_keys_are_loaded()
    {
        using NotifySocket manager = new();
        using TemporaryFolder folder = new();
        for (int keys = 0; keys < 2; keys++)
        {
            using PublishedNode node = new(["--port", "0", "--data", folder["data"]], manager.Wrapper());
            Assert.StartsWith("STATUS=loading the keys: ", manager.Next()[0], StringComparison.Ordinal);
            string number = keys.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(["READY=1", "STATUS=serving: 0 connections, " + number + " keys"], manager.Next());
            using (RespClient client = new(node))
            {
                Assert.Equal("+OK", client.Call("SET", "key", "value"));
            }

            Assert.Equal(0, node.Stop());
            Assert.Equal("STOPPING=1", manager.Next()[0]);
        }
    }

    [Fact]
    public void It_starts_although_nobody_listens_at_the_socket()
    {
        using PublishedNode node = new(["--port", "0"], "env", "NOTIFY_SOCKET=/nowhere/notify");
        node.AwaitLog("the service manager cannot be told that the node is ready: NOTIFY_SOCKET=/nowhere/notify: ");
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void The_watchdog_is_fed_until_a_worker_hangs()
    {
        using NotifySocket manager = new();
        using PublishedNode node = new(
            ["--port", "0", "--workers", "2", "--enable-debug-command", "yes"], manager.Wrapper(PeriodVariable));
        for (int i = 0; i < 4; i++)
        {
            manager.NextWith(Watchdog);
        }

        using RespClient hanging = new(node);
        hanging.Send("DEBUG", "SLEEP", "3600");
        NodeUnderTest.Until(() => manager.IsSilent(Watchdog, 2 * PeriodMilliseconds), "the watchdog is not fed any more");

        // The loop and the other worker are well.
        using (RespClient client = new(node))
        {
            Assert.Equal("+PONG", client.Call("PING"));
        }

        node.RequestStop();
        Assert.Equal(0, node.WaitForExit());
    }

    [Fact]
    public void The_watchdog_is_fed_under_load()
    {
        using NotifySocket manager = new();
        using PublishedNode node = new(["--port", "0", "--workers", "2", "--dispatch", "queue"], manager.Wrapper(PeriodVariable));
        List<Beside> loads = [];
        for (int i = 0; i < 3; i++)
        {
            loads.Add(new Beside(() =>
            {
                using RespClient client = new(node);
                for (int j = 0; j < 20_000; j++)
                {
                    Assert.Equal("+PONG", client.Call("PING"));
                }

                return null;
            }));
        }

        for (int i = 0; i < 4; i++)
        {
            manager.NextWith(Watchdog);
        }

        loads.ForEach(load => load.Check());
        Assert.Equal(0, node.Stop());
    }

    [Theory]
    [InlineData("$$", true)]
    [InlineData("1", false)]
    public void A_watchdog_that_waits_for_another_process_is_not_fed(string process, bool isFed)
    {
        using NotifySocket manager = new();
        using PublishedNode node = new(["--port", "0"],
            [.. manager.Wrapper(PeriodVariable), "sh", "-c", "WATCHDOG_PID=" + process + " exec \"$@\"", "sh"]);
        if (isFed)
        {
            manager.NextWith(Watchdog);
        }
        else
        {
            Assert.True(manager.IsSilent(Watchdog, 2 * PeriodMilliseconds));
        }

        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void The_password_is_a_credential_unless_another_is_given()
    {
        using TemporaryFolder folder = new();
        folder.Write("epollsrv.password", "secret\n");
        string[] wrapper = ["env", "CREDENTIALS_DIRECTORY=" + folder.Path];
        using (PublishedNode node = new(["--port", "0"], wrapper))
        {
            using RespClient client = new(node);
            Assert.StartsWith("-NOAUTH", client.Call("GET", "key"), StringComparison.Ordinal);
            Assert.Equal("+OK", client.Call("AUTH", "secret"));
        }

        using (PublishedNode node = new(["--port", "0", "--password", "other"], wrapper))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("AUTH", "other"));
        }

        folder.Write("epollsrv.password", string.Empty);
        (int code, string output) = PublishedNode.RunToEnd(wrapper, ["serve", "--port", "0"]);
        Assert.Equal(78, code);
        Assert.Contains("epollsrv.password is empty", output, StringComparison.Ordinal);
    }
}
