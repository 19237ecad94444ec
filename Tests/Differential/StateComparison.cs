using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>All keys of both servers: values, times to live, and dumps restored by the other.</summary>
internal static class StateComparison
{
    /// <summary>The databases that commands are sent to.</summary>
    public static readonly string[] Databases = ["0", "1", "2", "15"];

    /// <summary>Compares all databases; what differs is reported.</summary>
    /// <returns>The number of keys.</returns>
    public static int Compare(ConnectionPair pair, Comparison comparison)
    {
        int keys = 0;
        foreach (string database in Databases)
        {
            _ = pair.Ask("SELECT", database);
            keys += CompareSelected(pair, comparison);
        }

        return keys;
    }

    private static int CompareSelected(ConnectionPair pair, Comparison comparison)
    {
        (Reply redisKeys, Reply nodeKeys) = pair.Ask("KEYS", "*");
        (Reply redisSize, Reply nodeSize) = pair.Ask("DBSIZE");
        SortedSet<string> redis = Names(redisKeys);
        SortedSet<string> node = Names(nodeKeys);
        if (!redis.SetEquals(node))
        {
            comparison.Report("state: KEYS", "redis has " + redis.Count + ", the node " + node.Count);
        }

        if (redisSize.Text != nodeSize.Text || !redisSize.Same(nodeSize))
        {
            comparison.Report("state: DBSIZE", "redis says " + redisSize.Text + ", the node " + nodeSize.Text + " for " + redis.Count
                + " keys");
        }

        CompareScan(pair, redis, comparison);
        foreach (string key in redis)
        {
            CompareKey(pair, key, comparison);
        }

        return redis.Count;
    }

    /// <summary>The first key that only one has, or whose value differs; null when there is none.</summary>
    public static string? FirstDifference(ConnectionPair pair)
    {
        foreach (string database in Databases)
        {
            _ = pair.Ask("SELECT", database);
            if (FirstDifferenceInSelected(pair) is { } difference)
            {
                return "database " + database + ": " + difference;
            }
        }

        return null;
    }

    private static string? FirstDifferenceInSelected(ConnectionPair pair)
    {
        (Reply redis, Reply node) = pair.Ask("KEYS", "*");
        SortedSet<string> keys = Names(redis);
        SortedSet<string> others = Names(node);
        if (!keys.SetEquals(others))
        {
            keys.SymmetricExceptWith(others);
            string only = keys.Min!;
            (redis, node) = pair.Ask("PTTL", only);
            return (others.Contains(only) ? "only the node has " : "only redis has ") + Show(only) + ", PTTL " + redis.Text + " and "
                + node.Text;
        }

        foreach (string key in keys)
        {
            (redis, node) = pair.Ask("GET", key);
            if (!redis.Same(node))
            {
                return "value of " + Show(key) + ": " + Contrast(redis.Text ?? "(null)", node.Text ?? "(null)");
            }

            (redis, node) = pair.Ask("PTTL", key);
            if (redis.Integer < 0 != node.Integer < 0 || Math.Abs(redis.Integer - node.Integer) > 10_000)
            {
                return "PTTL of " + Show(key) + ": redis " + redis.Text + ", node " + node.Text;
            }
        }

        return null;
    }

    private static string Contrast(string redis, string node)
    {
        int same = 0;
        while (same < redis.Length && same < node.Length && redis[same] == node[same])
        {
            same++;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{redis.Length} bytes and {node.Length}, the same up to {same}; then redis {Show(redis[same..Math.Min(redis.Length, same + 40)])}, node {Show(node[same..Math.Min(node.Length, same + 40)])}");
    }

    private static string Show(string text) => Reply.Show(Encoding.Latin1.GetBytes(text));

    private static SortedSet<string> Names(Reply reply)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        reply.Elements?.ForEach(element => names.Add(element.Text!));
        return names;
    }

    private static void CompareScan(ConnectionPair pair, SortedSet<string> keys, Comparison comparison)
    {
        SortedSet<string> seen = new(StringComparer.Ordinal);
        string cursor = "0";
        do
        {
            Reply reply = pair.AskEach(Request.Of("PING"), Request.Of("SCAN", cursor, "COUNT", "7")).Node;
            seen.UnionWith(Names(reply.Elements![1]));
            cursor = reply.Elements[0].Text!;
        }
        while (cursor != "0");
        if (!seen.SetEquals(keys))
        {
            comparison.Report("state: SCAN", "the node's SCAN returned " + seen.Count + " of " + keys.Count + " keys");
        }
    }

    private static void CompareKey(ConnectionPair pair, string key, Comparison comparison)
    {
        string shown = Show(key);
        (Reply redis, Reply node) = pair.Ask("GET", key);
        if (!redis.Same(node))
        {
            comparison.Report("state: GET", "key " + shown);
        }

        (redis, node) = pair.Ask("PEXPIRETIME", key);
        if (redis.Integer < 0 != node.Integer < 0 || Math.Abs(redis.Integer - node.Integer) > 10_000)
        {
            comparison.Report("state: PEXPIRETIME", "key " + shown + ": redis " + redis.Text + ", node " + node.Text);
        }

        (redis, node) = pair.Ask("DUMP", key);
        if (redis.Text is null || node.Text is null)
        {
            comparison.Report("state: DUMP", "key " + shown);
            return;
        }

        // Each restores what the other dumped.
        (Reply inRedis, Reply inNode) =
            pair.AskEach(Request.Of("RESTORE", "restored", "0", node.Text, "REPLACE"),
            Request.Of("RESTORE", "restored", "0", redis.Text, "REPLACE"));
        (redis, node) = pair.Ask("GET", "restored");
        Reply original = pair.Ask("GET", key).Redis;
        if (inRedis.IsError || inNode.IsError || !redis.Same(original) || !node.Same(original))
        {
            comparison.Report("state: RESTORE",
                string.Create(CultureInfo.InvariantCulture, $"key {shown}: redis {inRedis.Text}, node {inNode.Text}"));
        }

        pair.Ask("DEL", "restored");
    }
}
