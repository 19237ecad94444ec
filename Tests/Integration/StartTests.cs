using System;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What a node needs and is refused: the program says so in one line and ends, instead of failing later or not at all.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("-v 51200", "address space is limited to 51200 KB (ulimit -v)")]
    [InlineData("-v 204800", "address space is limited to 204800 KB (ulimit -v)")]
    [InlineData("-d 1024", "data is limited to 1024 KB (ulimit -d)")]
    [InlineData("-d 16384", "ulimit -d")]
    [InlineData("-n 6", "the limit of open files is 6")]
    [InlineData("-n 3", "")]
    public void A_limit_that_is_too_low_ends_the_start_with_78_and_names_the_limit(string limit, string expected)
    {
        (int code, string output) =
            PublishedNode.RunToEnd(["sh", "-c", "ulimit " + limit + "; exec \"$0\" \"$@\""], ["serve", "--port", "0"]);
        CheckRefused(code, output, expected);
    }

    [Fact]
    public void More_workers_than_there_is_room_for_end_the_start_before_the_node_is_ready()
    {
        (int code, string output) =
            PublishedNode.RunToEnd(["sh", "-c", "ulimit -v 900000; exec \"$0\" \"$@\""], ["serve", "--port", "0", "--workers", "1000"]);
        CheckRefused(code, output, "ulimit -v");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("3")]
    public void Threads_that_are_not_to_be_had_end_the_start_with_78(string threads)
    {
        (int code, string output) = Refusing("threads", threads, "serve", "--port", "0", "--workers", "8");
        CheckRefused(code, output, "thread");
        Assert.Contains("ulimit -u", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clone3", "PERM", "clone3")]
    [InlineData("getrandom", "PERM", "getrandom")]
    [InlineData("getrandom", "NOSYS", "getrandom")]
    [InlineData("eventfd2", "PERM", "eventfd")]
    [InlineData("signalfd4", "PERM", "signalfd")]
    [InlineData("signalfd4", "NOSYS", "signalfd")]
    [InlineData("epoll_create1", "PERM", "epoll_create1")]
    [InlineData("epoll_create1", "NOSYS", "epoll_create1")]
    [InlineData("epoll_ctl", "PERM", "epoll_ctl")]
    [InlineData("epoll_wait", "PERM", "epoll_wait")]
    [InlineData("accept4", "PERM", "accept4")]
    [InlineData("accept4", "NOSYS", "accept4")]
    [InlineData("sendfile", "PERM", "sendfile")]
    [InlineData("sendto", "PERM", "sendto")]
    [InlineData("recvfrom", "PERM", "recvfrom")]
    [InlineData("sendmsg", "NOSYS", "sendmsg")]
    public void A_call_that_a_filter_refuses_ends_the_start_with_78_and_is_named(string call, string error, string expected)
    {
        (int code, string output) = Refusing(call, error, "serve", "--port", "0");
        CheckRefused(code, output, expected);
    }

    [Theory]
    [InlineData("getrandom", "PERM")]
    [InlineData("accept4", "PERM")]
    public void The_self_check_names_a_call_that_is_refused(string call, string error)
    {
        (int code, string output) = Refusing(call, error, "selfcheck");
        Assert.Equal(1, code);
        Assert.Contains("FAILED  the kernel gives random bytes", output, StringComparison.Ordinal);
        Assert.Contains(call, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("INT")]
    public void A_signal_that_was_ignored_at_the_start_stays_ignored(string signal)
    {
        using PublishedNode node = new(["--port", "0"], "sh", "-c", "trap '' " + signal + "; exec \"$0\" \"$@\"");
        node.Signal(signal);
        node.Signal(signal);
        CheckServes(node);
        Assert.DoesNotContain("SIG" + signal, node.LogText, StringComparison.Ordinal);
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void A_hang_up_is_logged_and_does_not_end_the_node()
    {
        using PublishedNode node = new(["--port", "0"], "env", "--default-signal=HUP");
        node.Signal("HUP");
        node.AwaitLog("SIGHUP received");
        node.Signal("HUP");
        CheckServes(node);
        Assert.Equal(0, node.Stop());
    }

    [Fact]
    public void Standard_descriptors_that_are_closed_are_not_given_to_clients()
    {
        using TemporaryFolder folder = new();
        (int code, string output) = ShellRun.Run(folder.Path, """
            "$E" serve --bind unix:socket 0<&- >&- 2>&- & p=$!
            until "$E" ping --server unix:socket > answer 2>&1; do sleep 0.1; done
            grep -c ' ms' answer
            for i in 0 1 2; do readlink /proc/$p/fd/$i; done
            kill $p; wait $p; echo code $?
            """);
        Assert.Equal((0, "1\n/dev/null\n/dev/null\n/dev/null\ncode 0\n"), (code, output));
    }

    [Fact]
    public void A_log_that_may_not_grow_does_not_end_the_node()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = new(["--port", "0"], "sh", "-c", "ulimit -f 0; exec \"$0\" \"$@\"");
        CheckServes(node);
        Assert.Equal(0, node.Stop());
        (int code, string output) =
            PublishedNode.RunToEnd(["sh", "-c", "ulimit -f 0; \"$0\" \"$@\" >" + folder["out"] + "; echo code $?"], ["version"]);
        Assert.Equal((0, "code 0\n"), (code, output));
    }

    private static void CheckServes(PublishedNode node)
    {
        using Client client = node.Connect();
        client.Put("key", "value");
        Assert.Equal("value", client.Get("key"));
    }

    private static void CheckRefused(int code, string output, string expected)
    {
        Assert.True(code == 78, $"exit code {code}: {output}");
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.StartsWith("epollsrv: ", output, StringComparison.Ordinal);
        Assert.Equal(1, output.AsSpan().Count('\n'));
        Assert.DoesNotContain("ready", output, StringComparison.Ordinal);
        Assert.DoesNotMatch("[eE]rror [0-9]", output);
    }

    private static (int Code, string Output) Refusing(string what, string how, params string[] arguments)
    {
        using Refusal refusal = new(what, how);
        return refusal.RunToEnd(arguments);
    }
}
