using System;
using System.Globalization;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What runs inside EXEC, which holds locks, and on which thread.</summary>
public sealed class RespTransactionLockTests
{
    // A command that takes them again, or another lock that somebody holds who waits for them, would stop the node.
    [Fact]
    public void Settings_change_inside_EXEC_while_keys_change_outside() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        using RespClient names = new(node);
        bool over = false;
        Beside[] others = [new(Change), new(Change)];
        for (int round = 0; round < 100; round++)
        {
            Assert.Equal("+OK", client.Call("MULTI"));
            string[][] commands =
            [
                ["CONFIG", "SET", "notify-keyspace-events", round % 2 == 0 ? "KEA" : ""],
                    ["CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru"],
                ["CONFIG", "RESETSTAT"], ["INFO"], ["MEMORY", "STATS"], ["CLIENT", "LIST"], ["SLOWLOG", "RESET"], ["DBSIZE"], ["RANDOMKEY"],
                    ["KEYS", "*"], ["FLUSHALL"], ["SWAPDB", "0", "1"],
            ];
            foreach (string[] command in commands)
            {
                Assert.Equal("+QUEUED", client.Call(command));
            }

            Assert.StartsWith("*12\r\n+OK\r\n+OK\r\n+OK\r\n", client.Call("EXEC"), StringComparison.Ordinal);
        }

        Volatile.Write(ref over, true);
        Array.ForEach(others, static other => other.Check());

        string? Change()
        {
            using RespClient other = new(node);
            for (int i = 0; !Volatile.Read(ref over); i++)
            {
                _ = other.Call(i % 3 == 0 ? ["CONFIG", "SET", "notify-keyspace-events", "KEA"]
                    : ["SET", "key" + (i % 100).ToString(CultureInfo.InvariantCulture), "v"]);
            }

            return null;
        }
    });

    [Fact]
    public void An_edit_in_a_transaction_is_a_workers() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("SET", "large", new string('x', 1_000_000)));
        Assert.Equal(":1", client.Call("COPY", "large", "copy"));
        foreach (string[] command in (
            string[][])[["APPEND", "copy", "y"], ["SETRANGE", "copy", "0", "y"], ["SETBIT", "copy", "3", "1"],
            ["BITFIELD", "copy", "SET", "u8", "0", "1"]])
        {
            // A worker that helps the loop may have taken the connection anyway.
            long before = node.Count(static counters => counters.LongJobs);
            NodeUnderTest.Until(() =>
            {
                Assert.Equal("+OK", client.Call("MULTI"));
                Assert.Equal("+QUEUED", client.Call(command));
                Assert.StartsWith("*1\r\n", client.Call("EXEC"), StringComparison.Ordinal);
                return node.Count(static counters => counters.LongJobs) > before;
            });
        }
    });
}
