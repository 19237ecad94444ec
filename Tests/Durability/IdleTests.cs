using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Durability;

/// <summary>Flash memory wears out: nothing is written when nothing changes, and seldom when little does.</summary>
[Trait("Category", "Durability")]
public sealed class IdleTests
{
    private const int IdleMilliseconds = 60_000;
    private const int IntervalMilliseconds = 10_000;

    [Fact]
    public void An_idle_node_writes_nothing_for_a_minute()
    {
        using TemporaryFolder folder = new();
        using PublishedNode always = Start(folder["always"], "always");
        using PublishedNode everySecond = Start(folder["everysec"], "1s");
        string before = AtRest(always) + AtRest(everySecond);
        Thread.Sleep(IdleMilliseconds);
        Assert.Equal(before, Written(always) + Written(everySecond));
    }

    [Fact]
    public void A_write_a_second_is_synchronized_as_seldom_as_allowed()
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = Start(folder["data"], "10s");
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "first"));
        string trace = folder["trace"];
        string process = node.Process.Id.ToString(CultureInfo.InvariantCulture);
        using Process strace = Process.Start(new ProcessStartInfo(
            "strace", ["-f", "-q", "-o", trace, "-e", "trace=fdatasync,fsync,sync_file_range,sync,syncfs,msync", "-p", process])
        { RedirectStandardError = true })!;
        NodeUnderTest.Until(() => File.Exists(trace));
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal("+OK", client.Call("SET", "key", i.ToString(CultureInfo.InvariantCulture)));
            Thread.Sleep(1000);
        }

        Binary.Signal(strace.Id, "INT");
        Assert.True(strace.WaitForExit(Patience.Milliseconds));
        List<string> calls = [.. File.ReadAllLines(trace)];
        calls.RemoveAll(static line => !line.Contains("sync", StringComparison.Ordinal));
        long most = (watch.ElapsedMilliseconds / IntervalMilliseconds) + 1;
        Assert.True(calls.Count >= 2 && calls.Count <= most, most + " at most:\n" + string.Join('\n', calls));
    }

    private static PublishedNode Start(string data, string policy) =>
        new(["--port", "0", "--workers", "2", "--data", data, "--fsync", policy]);

    /// <summary>Has a node write its log anew and change a key; when the last of it is on the disk, says how much it has written.</summary>
    private static string AtRest(PublishedNode node)
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("SET", "key", "other"));
        NodeUnderTest.Until(() => client.Information("persistence", "aof_rewrites") == "1");
        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
        return Written(node);
    }

    private static string Written(PublishedNode node)
    {
        string[] lines = File.ReadAllLines("/proc/" + node.Process.Id.ToString(CultureInfo.InvariantCulture) + "/io");
        return string.Join(' ', Array.FindAll(lines, static line => line.StartsWith("wchar", StringComparison.Ordinal)
            || line.StartsWith("write_bytes", StringComparison.Ordinal)));
    }
}
