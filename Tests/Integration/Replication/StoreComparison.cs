using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using Epollsrv.Tests.Differential;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Whether a replica has what its master has: at equal offsets, every key with its value and the moment it expires at.</summary>
internal static class StoreComparison
{
    /// <summary>A client of a redis-server that a test has started.</summary>
    public static RespClient Connect(ServerProcess redis) => new(new UnixDomainSocketEndPoint(redis.SocketPath));

    /// <summary>
    /// Waits until the replica is at the master's offset, and compares. Nobody may write any more. A key may expire between the looks at
    /// the two: then they are looked at again.
    /// </summary>
    public static void Check(NodeUnderTest master, ServerProcess replica)
    {
        using RespClient left = new(master);
        using RespClient right = Connect(replica);
        Check(left, right, () => replica.LogText);
    }

    /// <summary>The same for a node that follows a node.</summary>
    public static void Check(NodeUnderTest master, NodeUnderTest replica)
    {
        using RespClient left = new(master);
        using RespClient right = new(replica);
        Check(left, right, () => replica.LogText);
    }

    /// <summary>The same for servers of any kind.</summary>
    public static void Check(IGroupMember master, IGroupMember replica)
    {
        using RespClient left = master.Connect();
        using RespClient right = replica.Connect();
        Check(left, right, () => replica.Report);
    }

    private static void Check(RespClient left, RespClient right, Func<string> log)
    {
        string? difference = string.Empty;
        for (int i = 0; difference is not null && i < 10; i++)
        {
            WaitForOffset(left, right, log);
            difference = Difference(left, right);
        }

        Assert.Null(difference);
    }

    private static string? Difference(RespClient master, RespClient replica)
    {
        for (int database = 0; database < 16; database++)
        {
            Assert.Equal("+OK", master.Call("SELECT", database.ToString()));
            Assert.Equal("+OK", replica.Call("SELECT", database.ToString()));
            string[] keys = Keys(master);
            string[] copies = Keys(replica);
            if (!keys.SequenceEqual(copies))
            {
                return "database " + database + ": only at the master: " + string.Join(' ', keys.Except(copies).Take(10))
                    + "; only at the replica: " + string.Join(' ', copies.Except(keys).Take(10));
            }

            foreach (string key in keys)
            {
                string? value = master.Value("GET", key);
                string? copy = replica.Value("GET", key);
                string time = master.Call("PEXPIRETIME", key);
                string otherTime = replica.Call("PEXPIRETIME", key);
                if (value != copy || time != otherTime)
                {
                    return "key " + key + ": " + Shorten(value) + " until " + time + " at the master, "
                        + Shorten(copy) + " until " + otherTime;
                }
            }
        }

        return null;
    }

    /// <summary>Waits until the replica's link is up.</summary>
    public static void WaitForLink(ServerProcess replica)
    {
        using RespClient client = Connect(replica);
        NodeUnderTest.Until(() => IsUp(client), "the replica's link is up");
    }

    /// <summary>A field of the replica's INFO replication; empty: it has none.</summary>
    public static string Field(RespClient client, string name)
        => client.Call("INFO", "replication").Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))
            ?.Split(':', 2)[1] ?? string.Empty;

    private static bool IsUp(RespClient client) => Field(client, "master_link_status") == "up";

    private static void WaitForOffset(RespClient master, RespClient replica, Func<string> log)
    {
        try
        {
            // A PING may come between: until both say the same.
            NodeUnderTest.Until(() => IsUp(replica) && Field(master, "master_repl_offset") == Field(replica, "slave_repl_offset"));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                "master at " + Field(master, "master_repl_offset") + ", replica:\n" + replica.Call("INFO", "replication") + log(),
                exception);
        }
    }

    private static string[] Keys(RespClient client)
    {
        List<string> keys = [];
        client.Send("KEYS", "*");
        int count = int.Parse(client.Line().AsSpan(1));
        for (int i = 0; i < count; i++)
        {
            keys.Add(client.Bulk()!);
        }

        keys.Sort(StringComparer.Ordinal);
        return [.. keys];
    }

    private static string Shorten(string? value)
        => value is null ? "nothing" : value.Length > 60 ? value[..60] + "… (" + value.Length + " bytes)" : value;
}
