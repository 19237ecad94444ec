using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>All keys of a server with their values and the times when they end.</summary>
internal static class Dataset
{
    private const int AtOnce = 500;
    private static int _marks;

    /// <summary>Waits until the replica has what the master has been told so far.</summary>
    public static void Await(RespClient master, RespClient replica)
    {
        string mark = "mark" + (++_marks).ToString(CultureInfo.InvariantCulture);
        Assert.Equal("+OK", master.Call("SET", "replication-mark", mark));
        NodeUnderTest.Until(() => replica.Call("GET", "replication-mark").Contains(mark + "\r\n", StringComparison.Ordinal),
            "the replica has " + mark);
    }

    /// <summary>Fails when the two differ.</summary>
    public static void AssertEqual(RespClient master, RespClient replica, int databases = 1)
    {
        for (int database = 0; database < databases; database++)
        {
            string number = database.ToString(CultureInfo.InvariantCulture);
            Assert.Equal("+OK", master.Call("SELECT", number));
            Assert.Equal("+OK", replica.Call("SELECT", number));
            SortedDictionary<string, string> expected = Read(master);
            SortedDictionary<string, string> found = Read(replica);
            string[] differences = [.. expected.Keys.Union(found.Keys)
                .Where(key => expected.GetValueOrDefault(key) != found.GetValueOrDefault(key)).Take(5)
                .Select(key => key + ": " + Short(expected.GetValueOrDefault(key)) + " / " + Short(found.GetValueOrDefault(key)))];
            Assert.True(differences.Length == 0, "database " + number + ": " + string.Join("; ", differences));
        }

        Assert.Equal("+OK", master.Call("SELECT", "0"));
        Assert.Equal("+OK", replica.Call("SELECT", "0"));
    }

    private static string Short(string? text) => text is null ? "none" : text[..Math.Min(60, text.Length)];

    private static SortedDictionary<string, string> Read(RespClient client)
    {
        SortedDictionary<string, string> all = new(StringComparer.Ordinal);
        List<string> keys = [];
        client.Send("KEYS", "*");
        int count = int.Parse(client.Line().AsSpan(1), CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            keys.Add(client.Bulk()!);
        }

        foreach (string[] chunk in keys.Chunk(AtOnce))
        {
            foreach (string key in chunk)
            {
                client.Send("GET", key);
                client.Send("PEXPIRETIME", key);
            }

            foreach (string key in chunk)
            {
                string value = client.Reply();
                all[key] = client.Reply() + " " + value;
            }
        }

        return all;
    }
}
