using System;

using Xunit;

namespace Epollsrv.Tests.Integration.Memcached;

/// <summary>What monitors and subscribers of keyspace events see of memcached's clients.</summary>
public sealed class MemcachedMonitorTests
{
    // A request, and what monitors see of it.
    private static readonly string[][] _shown =
    [
        ["incr a 5", "\"INCRBY\" \"a\" \"5\""],
        ["decr a 1", "\"DECRBY\" \"a\" \"1\""],
        ["append a 0 0 1\r\nx", "\"APPEND\" \"a\" \"x\""],
        ["prepend a 0 0 1\r\ny", "\"PREPEND\" \"a\" \"y\""],
        ["touch a 0", "\"PERSIST\" \"a\""],
        ["md a I", "\"INVALIDATE\" \"a\""],
        ["md a I T0", "\"INVALIDATE\" \"a\"", "\"PERSIST\" \"a\""],
        ["delete a", "\"DEL\" \"a\""],
        ["mg v N0", "\"SET\" \"v\" \"\""],
        ["mg v T0", "\"PERSIST\" \"v\""],
        ["ma n N0 J7", "\"SET\" \"n\" \"7\""],
        ["ma n D2", "\"INCRBY\" \"n\" \"2\""],
        ["ma n MD T0", "\"DECRBY\" \"n\" \"1\"", "\"PERSIST\" \"n\""],
        ["ms a 1\r\n1", "\"SET\" \"a\" \"1\""],
        ["md a", "\"DEL\" \"a\""],
        ["flush_all", "\"FLUSHDB\""],
    ];

    [Fact]
    public void They_know_its_writes() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient monitor = new(node);
        using RespClient events = new(node);
        using MemcachedClient client = new(node);
        Assert.Equal("+OK", monitor.Call("MONITOR"));
        _ = events.Call("PSUBSCRIBE", "__keyevent@0__:*");
        _ = client.Set("a", "1");
        Assert.EndsWith("] \"SET\" \"a\" \"1\"", After(monitor, "SET"), StringComparison.Ordinal);
        Assert.Contains("set", events.Reply(), StringComparison.Ordinal);
        foreach (string[] words in _shown)
        {
            _ = client.Call(words[0] + "\r\n");
            foreach (string command in words.AsSpan(1))
            {
                Assert.EndsWith("] " + command, monitor.Reply(), StringComparison.Ordinal);
            }
        }

        _ = client.Set("a", "1");
        Assert.EndsWith("\"SET\" \"a\" \"1\"", monitor.Reply(), StringComparison.Ordinal);
        foreach (string request in (string[])["touch a 1000\r\n", "mg a T1000\r\n"])
        {
            _ = client.Call(request);
            Assert.Contains("\"PEXPIREAT\" \"a\" \"", monitor.Reply(), StringComparison.Ordinal);
        }

        _ = client.Call("mg new N1000\r\n");
        Assert.Contains("\"SET\" \"new\" \"\" \"PXAT\" \"", monitor.Reply(), StringComparison.Ordinal);
        Assert.Equal("OK", client.Call("flush_all 1\r\n"));
        Assert.EndsWith(" [0 node] \"FLUSHDB\"", monitor.Reply(), StringComparison.Ordinal);
    }, "--memcached", "0", "--notify-keyspace-events", "KEA");

    // The monitors' next line of a command: PSUBSCRIBE of another connection is shown before.
    private static string After(RespClient monitor, string command)
    {
        string line;
        do
        {
            line = monitor.Reply();
        }
        while (!line.Contains("\"" + command + "\"", StringComparison.Ordinal));
        return line;
    }
}
