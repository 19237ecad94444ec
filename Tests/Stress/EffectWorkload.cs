using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Http;

namespace Epollsrv.Tests.Stress;

/// <summary>Random changes of few keys by one client, over one of the protocols.</summary>
internal static class EffectWorkload
{
    /// <summary>Databases that are used.</summary>
    internal const int Databases = 3;

    private const int Keys = 60;

    /// <summary>Runs some rounds; the number of the thread says over which protocol.</summary>
    internal static string? Run(NodeUnderTest node, Random random, int thread, int rounds)
    {
        switch (thread)
        {
            case 0:
                using (HttpConnection http = new(node))
                {
                    for (int i = 0; i < rounds; i++)
                    {
                        Http(http, random);
                    }
                }

                return null;
            case 1:
                using (Client cs = node.Connect())
                {
                    for (int i = 0; i < rounds; i++)
                    {
                        _ = cs.Exchange(random.Next(3) == 0 ? Frames.Delete(Key(random)) : Frames.Put(Key(random), Value(random, 50)));
                    }
                }

                return null;
            default:
                using (RespClient resp = new(node))
                {
                    for (int i = 0; i < rounds; i++)
                    {
                        Resp(resp, random);
                    }
                }

                return null;
        }
    }

    /// <summary>All keys, the number of their database and a slash before
    /// them, with their values and expiry times (-1 becomes 0).</summary>
    internal static SortedDictionary<string, string> StateOf(RespClient client)
    {
        SortedDictionary<string, string> state = [];
        for (int database = 0; database < Databases; database++)
        {
            string number = database.ToString(CultureInfo.InvariantCulture);
            _ = client.Call("SELECT", number);
            AddState(client, number + "/", state);
        }

        _ = client.Call("SELECT", "0");
        return state;
    }

    private static void AddState(RespClient client, string prefix, SortedDictionary<string, string> state)
    {
        string[] lines = client.Call("KEYS", "*").Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        for (int i = 2; i < lines.Length; i += 2)
        {
            string? value = client.Value("GET", lines[i]);
            string time = client.Call("PEXPIRETIME", lines[i])[1..];
            if (value is not null && time != "-2")
            {
                state[prefix + lines[i]] = value + " @" + (time == "-1" ? "0" : time);
            }
        }
    }

    /// <summary>The commands of one round, or those of a transaction, none
    /// of which makes a key expire soon or empties the database.</summary>
    internal static List<string[]> LongLived(Random random)
    {
        List<string[]> commands = [Command(random, "7200000", mayFlush: false)];
        if (random.Next(20) == 0)
        {
            commands.Insert(0, ["MULTI"]);
            for (int i = random.Next(4); i > 0; i--)
            {
                commands.Add(Command(random, "7200000", mayFlush: false));
            }

            commands.Add(["EXEC"]);
        }

        return commands;
    }

    private static string Key(Random random) => "key" + random.Next(Keys).ToString(CultureInfo.InvariantCulture);

    private static string Database(Random random) => random.Next(Databases).ToString(CultureInfo.InvariantCulture);

    // Some are numbers, some are long enough for a block of their own.
    private static string Value(Random random, int most = 40_000) => random.Next(4) switch
    {
        0 => random.Next(1000).ToString(CultureInfo.InvariantCulture),
        1 => new string((char)('a' + random.Next(26)), random.Next(most)),
        _ => new string((char)('a' + random.Next(26)), random.Next(50)),
    };

    private static void Http(HttpConnection http, Random random)
    {
        string path = "/kv/" + Key(random);
        _ = random.Next(4) switch
        {
            0 => http.Get(path, method: "DELETE"),
            1 => http.Put(path + "?ttl=" + (random.Next(2) == 0 ? "5ms" : "3h"), Encoding.Latin1.GetBytes(Value(random))),
            _ => http.Put(path, Encoding.Latin1.GetBytes(Value(random))),
        };
    }

    private static void Resp(RespClient resp, Random random)
    {
        if (random.Next(20) != 0)
        {
            _ = resp.Call(Command(random));
            return;
        }

        _ = resp.Call("MULTI");
        for (int i = random.Next(5); i > 0; i--)
        {
            _ = resp.Call(Command(random));
        }

        _ = resp.Call("EXEC");
    }

    private static string[] Command(Random random) =>
        Command(random, random.Next(2) == 0 ? random.Next(1, 10).ToString(CultureInfo.InvariantCulture) : "7200000", mayFlush: true);

    private static string[] Command(Random random, string time, bool mayFlush)
    {
        string key = Key(random);
        return random.Next(37) switch
        {
            0 => ["SET", key, Value(random)],
            1 => ["SET", key, Value(random), "PX", time],
            2 => ["SET", key, Value(random), "KEEPTTL"],
            3 => ["SET", key, Value(random), "NX", "GET"],
            4 => ["SETNX", key, Value(random)],
            5 => ["PSETEX", key, time, Value(random)],
            6 => ["GETSET", key, Value(random)],
            7 => ["GETDEL", key],
            8 => ["GETEX", key, "PX", time],
            9 => ["GETEX", key, "PERSIST"],
            10 => ["APPEND", key, Value(random, 2000)],
            11 => ["SETRANGE", key, random.Next(100).ToString(CultureInfo.InvariantCulture), Value(random, 2000)],
            12 => ["SETBIT", key, random.Next(1000).ToString(CultureInfo.InvariantCulture),
                random.Next(2).ToString(CultureInfo.InvariantCulture)],
            13 => ["BITFIELD", key, "INCRBY", "u8", random.Next(500).ToString(CultureInfo.InvariantCulture), "7", "OVERFLOW", "FAIL", "SET",
                "i5", "3", "9"],
            14 => ["BITOP", "XOR", key, Key(random), Key(random)],
            15 => ["INCR", key],
            16 => ["DECRBY", key, "3"],
            17 => ["INCRBYFLOAT", key, "0.5"],
            18 => ["PEXPIRE", key, time],
            19 => ["EXPIRE", key, random.Next(7300, 30_000).ToString(CultureInfo.InvariantCulture), "GT"],
            20 => ["PERSIST", key],
            21 => ["DEL", key, Key(random)],
            22 => ["UNLINK", key],
            23 => ["RENAME", key, Key(random)],
            24 => ["RENAMENX", key, Key(random)],
            25 => ["COPY", key, Key(random), "REPLACE"],
            26 => ["COPY", key, Key(random)],
            27 => ["MSET", key, Value(random), Key(random), Value(random)],
            28 => ["MSETNX", key, Value(random), Key(random), Value(random)],
            29 => ["PEXPIREAT", key, "1"],
            30 => mayFlush && random.Next(30) == 0 ? [random.Next(2) == 0 ? "FLUSHALL" : "FLUSHDB"] : ["GET", key],
            31 => ["GET", key],
            32 => ["SELECT", Database(random)],
            33 => ["MOVE", key, Database(random)],
            34 => ["COPY", key, Key(random), "DB", Database(random), "REPLACE"],
            35 => random.Next(5) == 0 ? ["SWAPDB", "0", random.Next(1, Databases).ToString(CultureInfo.InvariantCulture)] : ["GET", key],
            _ => ["MGET", key, Key(random)],
        };
    }
}
