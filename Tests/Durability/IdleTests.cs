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
    private const int IdleMilliseconds = 20_000;
    private const int IntervalMilliseconds = 10_000;

    [Theory]
    [InlineData("always")]
    [InlineData("1s")]
    public void An_idle_node_writes_nothing(string policy)
    {
        using TemporaryFolder folder = new();
        using PublishedNode node = Start(folder["data"], policy);
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "key", "value"));
        Assert.StartsWith("+Background", client.Call("BGREWRITEAOF"), StringComparison.Ordinal);
        Assert.Equal("+OK", client.Call("SET", "key", "other"));

        // Until the last of it is on the disk.
        NodeUnderTest.Until(() => client.Call("INFO", "persistence").Contains("aof_rewrites:1\r\n", StringComparison.Ordinal));
        Assert.Equal("*2\r\n:1\r\n:0\r\n", client.Call("WAITAOF", "1", "0", "0"));
        string before = Written(node);
        Thread.Sleep(IdleMilliseconds);
        Assert.Equal(before, Written(node));
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

    private static string Written(PublishedNode node)
    {
        string[] lines = File.ReadAllLines("/proc/" + node.Process.Id.ToString(CultureInfo.InvariantCulture) + "/io");
        return string.Join(' ', Array.FindAll(lines, static line => line.StartsWith("wchar", StringComparison.Ordinal)
            || line.StartsWith("write_bytes", StringComparison.Ordinal)));
    }
}
