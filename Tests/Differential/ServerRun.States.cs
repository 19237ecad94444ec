using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <content>Servers in particular states: without memory, with watched
/// keys, under an LFU policy, with everything in the slow log.</content>
internal sealed partial class ServerRun
{
    private static readonly HashSet<string> _notOnKeys =
    [
        "CLIENT", "DEBUG", "WAIT", "CONFIG", "SLOWLOG", "MEMORY", "INFO", "LATENCY", "HELLO", "AUTH", "RESET", "COMMAND", "SELECT", "TIME",
            "LASTSAVE", "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "LOLWUT", "RANDOMKEY",
    ];

    /// <summary>With every command in it, the slow log has the same ones, shortened
    /// alike; numbers, times and addresses are each server's own.</summary>
    public string CompareSlowLogs(int seed)
    {
        using ConnectionPair pair = new(_redis, _node, _comparison);
        _ = pair.Ask("CONFIG", "SET", "slowlog-max-len", "1000", "slowlog-log-slower-than", "0");
        List<Request> requests =
            Generate(seed, 300, request => request.Name is "CONFIG" or "SLOWLOG" || request.Has("SETINFO") || request.Has("NO-TOUCH")
            || request.Has("AUTH", 0));
        requests.AddRange(WithPasswords());
        Request many = Request.Of("DEL");
        for (int i = 0; i < 50; i++)
        {
            many.Words.Add(Encoding.Latin1.GetBytes("key" + i.ToString(CultureInfo.InvariantCulture)));
        }

        requests.AddRange([many, Request.Of("SET", "a", new string('v', 1000)), Request.Of("CLIENT", "SETNAME", "somebody"),
            Request.Of("GET", "a")]);
        _ = pair.Run(requests);
        (Reply redis, Reply node) = pair.Ask("SLOWLOG", "GET", "-1");
        if (redis.Count != node.Count || redis.Count < 100)
        {
            return "redis has " + redis.Count.ToString(CultureInfo.InvariantCulture) + " entries, the node "
                + node.Count.ToString(CultureInfo.InvariantCulture);
        }

        for (int i = 0; i < redis.Count; i++)
        {
            List<Reply> theirs = redis.Elements![i].Elements!;
            List<Reply> ours = node.Elements![i].Elements!;
            if (theirs.Count != ours.Count || !theirs[3].Same(ours[3]) || !theirs[5].Same(ours[5]))
            {
                return "entry " + i.ToString(CultureInfo.InvariantCulture) + ": redis " + Words(theirs[3]) + ", node " + Words(ours[3]);
            }
        }

        return _comparison.Describe();
    }

    /// <summary>While more memory is in use than allowed, the same commands are refused, in and outside of transactions.</summary>
    public string CompareWithoutMemory()
    {
        using ConnectionPair pair = new(_redis, _node, _comparison);
        using ConnectionPair other = new(_redis, _node, _comparison);
        _ = pair.Run(Generate(1, 300, request => _notOnKeys.Contains(request.Name)));
        void Limit(string bytes) => _ = other.Ask("CONFIG", "SET", "maxmemory", bytes);
        Limit("1");
        List<Request> requests = Generate(2, 1000, request => _notOnKeys.Contains(request.Name));
        foreach (string line in (
            string[])["SET a 1", "SET", "GET a", "WATCH a", "UNWATCH", "MULTI", "DISCARD", "MULTI", "SET a 1", "EXEC", "MULTI", "GET a",
            "EXEC", "MULTI", "nosuch", "PING", "EXEC", "MULTI", "MULTI", "WATCH a", "DISCARD", "MULTI", "EXEC", "MULTI", "RESET", "PING",
            "DEL a", "EXPIRE a 10"])
        {
            requests.Add(Request.Of(line.Split(' ')));
        }

        _ = pair.Run(requests);
        foreach (string lines in (
            string[])["GET a|PING", "SET x 1|GET x", "DEL x|EXPIRE x 10", "PING", "INCR n|INCR n", "COPY a b", "nosuch|SET x 1"])
        {
            Limit("0");
            requests = [Request.Of("MULTI")];
            foreach (string line in lines.Split('|'))
            {
                requests.Add(Request.Of(line.Split(' ')));
            }

            _ = pair.Run(requests);
            Limit("1");
            _ = pair.Run([Request.Of("EXEC"), Request.Of("EXEC"), Request.Of("PING")]);
        }

        Limit("0");
        _ = pair.Run([Request.Of("SET", "a", "1"), Request.Of("GET", "a")]);
        return _comparison.Describe();
    }

    /// <summary>Whatever one connection does to keys, a transaction of another that watches them ends alike.</summary>
    public string CompareWatches(int seed)
    {
        const int Steps = 3000;
        using ConnectionPair watcher = new(_redis, _node, _comparison);
        using ConnectionPair writer = new(_redis, _node, _comparison);
        RandomArguments random = new(seed, [[0]]);
        List<Request> writes = Generate(seed, Steps, request => _notOnKeys.Contains(request.Name));
        int changed = 0;
        for (int i = 0; i < Steps && _comparison.Mismatches == 0; i++)
        {
            Request watch = Request.Of("WATCH");
            for (int keys = 1 + random.Below(3); keys > 0; keys--)
            {
                watch.Words.Add(writes[i].Words.Count > 1 && !random.Chance(4)
                    ? writes[i].Words[1 + random.Below(writes[i].Words.Count - 1)] : random.Make("key"));
            }

            _comparison.Place = watch + ", then " + writes[i];
            _ = watcher.Run([watch]);
            _ = writer.Run([writes[i]]);
            (Reply redis, Reply node) = Transact(watcher);
            changed += redis.IsNull ? 1 : 0;
            if (!redis.Same(node))
            {
                _comparison.Report("WATCH", "redis " + (redis.IsNull ? "gives up" : "executes") + ", the node does not");
            }
        }

        return changed < Steps / 100 ? "only " + changed.ToString(CultureInfo.InvariantCulture) + " transactions were given up"
            : _comparison.Describe();
    }

    /// <summary>OBJECT FREQ succeeds under the LFU policies, and only there.</summary>
    public string CompareFrequencies()
    {
        const int Keys = 100;
        using ConnectionPair pair = new(_redis, _node, _comparison);
        _ = pair.Run([Request.Of("SET", "payload", "value")]);
        string payload = pair.Ask("DUMP", "payload").Redis.Text!;
        foreach (string policy in (string[])["allkeys-lfu", "volatile-lfu", "allkeys-lru", "volatile-random"])
        {
            _ = pair.Run([Request.Of("CONFIG", "SET", "maxmemory-policy", policy), Request.Of("CONFIG", "GET", "maxmemory-policy")]);
            for (int i = 0; i < Keys; i++)
            {
                string number = i.ToString(CultureInfo.InvariantCulture);
                _ = pair.Run(
                [
                    Request.Of("DEL", "new" + number), Request.Of("SET", "new" + number, "v"), Request.Of("OBJECT", "FREQ", "new" + number),
                    Request.Of("RESTORE", "used" + number, "0", payload, "REPLACE", "FREQ", (2 * i).ToString(CultureInfo.InvariantCulture)),
                        Request.Of("OBJECT", "FREQ", "used" + number),
                    Request.Of("OBJECT", "FREQ", "nosuch"), Request.Of("OBJECT", "IDLETIME", "new" + number),
                ]);
            }
        }

        return _comparison.Describe();
    }

    /// <summary>The names of the parameters that have another value than Redis's at the start, or that Redis does not have.</summary>
    public SortedSet<string> CompareParameters()
    {
        using ConnectionPair pair = new(_redis, _node, _comparison);
        (Reply redis, Reply node) = pair.Ask("CONFIG", "GET", "*");
        SortedSet<string> differing = new(StringComparer.Ordinal);
        for (int i = 0; i < node.Count; i += 2)
        {
            int found = redis.Elements!.FindIndex(word => word.Same(node.Elements![i]));
            if (found < 0 || !redis.Elements[found + 1].Same(node.Elements![i + 1]))
            {
                _ = differing.Add(node.Elements![i].Text!);
            }
        }

        return differing;
    }

    /// <summary>The names of the parameters that only Redis has, and whatever
    /// else the node says of them than that they are unknown.</summary>
    public SortedSet<string> UnknownParameters()
    {
        using ConnectionPair pair = new(_redis, _node, _comparison);
        SortedSet<string> unknown = Parameters(pair.Ask("CONFIG", "GET", "*").Redis);
        unknown.ExceptWith(Parameters(pair.Ask("CONFIG", "GET", "*").Node));
        foreach (string name in (string[])[.. unknown])
        {
            Reply reply = pair.AskEach(Request.Of("PING"), Request.Of("CONFIG", "SET", name, "1")).Node;
            if (reply.Text != "ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'")
            {
                _ = unknown.Add(name + ": " + reply.Text);
            }
        }

        return unknown;
    }

    private static SortedSet<string> Parameters(Reply map)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < map.Count; i += 2)
        {
            _ = names.Add(map.Elements![i].Text!);
        }

        return names;
    }

    private static List<Request> Generate(int seed, int count, Predicate<Request> left)
    {
        CommandGenerator generator =
            new(new RandomArguments(seed, [[0]]), Shape.ParseAll(new SortedSet<string>(StringComparer.Ordinal)),
            new HashSet<string> { "MULTI", "EXEC", "DISCARD", "RESET" });
        List<Request> requests = [];
        while (requests.Count < count)
        {
            generator.Append(requests);
            _ = requests.RemoveAll(left);
        }

        return requests;
    }

    private static (Reply Redis, Reply Node) Transact(ConnectionPair pair)
    {
        _ = pair.Ask("MULTI");
        _ = pair.Ask("PING");
        return pair.Ask("EXEC");
    }

    private static string Words(Reply reply) =>
        string.Join(' ', reply.Elements!.ConvertAll(word => Reply.Show(Encoding.Latin1.GetBytes(word.Text!))));
}
