using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>Random arguments of each kind that <see cref="Grammar"/> names: ordinary ones, and those at every edge.</summary>
internal sealed class RandomArguments
{
    private static readonly string[] _keys =
    [
        "a", "b", "k1", "k2", "k3", "k4", "k5", "key:000000001", "{tag}1", "{tag}2", string.Empty, "with space", "bin\0\r\nÿ", "10", "*",
            "hé",
        new string('L', 200), "n1", "n2", "n3",
    ];

    private static readonly string[] _numbers =
    [
        "0", "1", "-1", "2", "-2", "3", "5", "7", "8", "10", "-10", "15", "31", "32", "63", "64", "65", "100", "127", "128", "-128", "-129",
            "255", "256", "1000", "-1000", "9999", "10000",
        "32767", "32768", "65535", "65536", "2147483647", "-2147483648", "2147483648", "4294967295", "4294967296", "9007199254740993",
            "9223372036854775807", "-9223372036854775808",
        "9223372036854775806", "4611686018427387904", "-4611686018427387905",
    ];

    private static readonly string[] _badNumbers =
    [
        string.Empty, " 1", "1 ", "+1", "007", "-0", "--1", "1.0", "1e3", "0x10", "nan", "inf", "9223372036854775808",
            "-9223372036854775809", "18446744073709551615",
        "99999999999999999999999999", "abc", "\0", "1\0",
    ];

    private static readonly string[] _floats =
    [
        "0", "1", "-1", "0.1", "-0.1", "1.5", "3.14159265358979", "1e3", "1.5e-3", "5.0e3", "1e17", "1e-17", "123456789.987654321",
            "0.30000000000000004", "9007199254740993", "1e22", "-1e22", "10.50", "2.",
        ".5", "1e308", "1e4000", "-1e4932", "3.0e-20", "9223372036854775807", "0.000001",
    ];

    private static readonly string[] _badFloats =
        [string.Empty, " 1", "1 ", "abc", "nan", "inf", "-inf", "+inf", "infinity", "1e400", "1e5000", "0x10", "0x1p3", "1.2.3", "1,5",
        "--1", "1e", "+1.5", "1.0\0"];

    private static readonly string[] _patterns =
    [
        "*", "k*", "?", "k?", "[ab]", "k[1-3]", "k[^1-3]", "[a-", "[", "k[3-1]", "\\*", "a\\", "*:*", "**", "?*?", "{tag}*", "h*", "*ÿ",
            string.Empty, "[\\]]", "nosuch*", "[^a]",
    ];

    private static readonly string[] _channels = ["news", "news.art", "n", "c1", "c2", string.Empty, "ch\0\r\nÿ", "[x]"];

    private static readonly string[] _words =
    [
        "foo", "bar", "FOO", "nosuch", string.Empty, "a b", "x\r\ny", "ÿþ", "GET", "12", "default", "help2", new string('w', 130),
            "quote'd", "zero\0word", "-1", "ON",
    ];

    private static readonly string[] _commands =
    [
        "get", "SET", "mget", "del", "ping", "set", "incr", "bitop", "BITFIELD", "object|encoding", "client|id", "config|get", "nosuch",
            "expire", "subscribe", "exec", "copy", "restore", "scan", "info", "lcs", "getex",
    ];

    private static readonly HashSet<string> _kinds =
    [
        "key", "newKey", "value", "numeric", "number", "float", "offset", "bitOffset", "fieldOffset", "bit", "encoding", "seconds",
            "milliseconds", "unixSeconds", "unixMilliseconds", "pattern", "count", "cursor",
        "type", "database", "protocol", "word", "name", "farId", "command", "commandPattern", "channel", "section", "parameter", "events",
            "replicas", "waitTime", "payload", "textPayload", "restoreTime", "pause", "sleep", "limits", "setting", "settingValue",
    ];

    private readonly Random _random;
    private readonly byte[][] _payloads;
    private readonly long _base;

    /// <param name="seed">Decides everything.</param>
    /// <param name="payloads">What DUMP gave for values of every encoding.</param>
    public RandomArguments(int seed, byte[][] payloads)
    {
        _random = new Random(seed);
        _payloads = payloads;
        _base = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    }

    /// <summary>Whether a word of the grammar names a kind.</summary>
    public static bool IsKind(string word) => _kinds.Contains(word);

    /// <summary>From 0 to below.</summary>
    public int Below(int limit) => _random.Next(limit);

    /// <summary>True one time in so many.</summary>
    public bool Chance(int one) => _random.Next(one) == 0;

    /// <summary>Something that is probably wrong where it stands.</summary>
    public byte[] Junk() => Below(4) switch
    {
        0 => Bytes(Pick(_numbers)),
        1 => Bytes(Pick(_badNumbers)),
        2 => Bytes(Pick(_words)),
        _ => Make("value"),
    };

    /// <summary>An argument of a kind.</summary>
    public byte[] Make(string kind) => kind switch
    {
        "value" => Value(),
        "payload" => Payload(_payloads),
        "textPayload" => Payload(Array.FindAll(_payloads, payload => payload.Length < 2 || payload[1] is not (0xC0 or 0xC1))),
        _ => Bytes(Text(kind)),
    };

    private string Text(string kind) => kind switch
    {
        "key" => Pick(_keys),
        "newKey" => Chance(2) ? Pick(_keys) : "new" + Below(40),
        "numeric" => Below(8) switch { 0 => Pick(_badNumbers), 1 or 2 => Pick(_floats), _ => Pick(_numbers) },
        "number" => Chance(12) ? Pick(_badNumbers) : Pick(_numbers),
        "float" => Chance(10) ? Pick(_badFloats) : Chance(5) ? Pick(_numbers) : Pick(_floats),
        "offset" => Below(12) switch { 0 => Pick(_badNumbers), 1 or 2 => Pick(_numbers), _ => Invariant(Below(80) - 30) },
        "bitOffset" => Below(12) switch { 0 => Pick(_badNumbers), 1 => Pick(_numbers), _ => Invariant(Below(400)) },
        "fieldOffset" => Below(12) switch
        {
            0 => Pick(_badNumbers),
            1 => Pick(_numbers),
            2 or 3 or 4 => "#" + Invariant(Below(20)),
            5 => "#" + Pick(_badNumbers),
            _ => Invariant(Below(200)),
        },
        "bit" => Chance(8) ? Pick(_numbers) : Chance(12) ? Pick(_badNumbers) : Invariant(Below(2)),
        "encoding" => Encoding(),
        "seconds" => RelativeTime(1),
        "milliseconds" => RelativeTime(1000),
        "unixSeconds" => AbsoluteTime(1),
        "unixMilliseconds" => AbsoluteTime(1000),
        "restoreTime" => Chance(2) ? "0" : Chance(2) ? RelativeTime(1000) : AbsoluteTime(1000),
        "pattern" => Pick(_patterns),
        "count" => Chance(6) ? Pick(_badNumbers) : Chance(4) ? Pick(_numbers) : Invariant(1 + Below(1000)),
        "cursor" => Chance(6) ? Pick(_badNumbers) : "0",
        "type" => Below(4) switch { 0 => "list", 1 => "STRING", 2 => Pick(_words), _ => "string" },
        "database" => Chance(3) ? Pick(_badNumbers) : Chance(2) ? Pick(_numbers) : Pick(["0", "0", "0", "0", "1", "2", "15"]),
        "protocol" => Chance(4) ? Pick(_badNumbers) : Chance(4) ? Pick(_numbers) : Invariant(2 + Below(2)),
        "word" => Pick(_words),
        "name" => Chance(3) ? Pick(_words) : "name" + Below(5),
        "farId" => Chance(4) ? Pick(_badNumbers) : Invariant(1_000_000_000L + Below(100)),
        "command" => Chance(8) ? Pick(_words) : Pick(_commands),
        "commandPattern" => Chance(2) ? "get*" : "*bit*",
        "channel" => Pick(_channels),
        "section" => Pick(["server", "clients", "memory", "persistence", "stats", "replication", "cpu", "commandstats", "keyspace",
            "everything", "all", "default", "nosuch", "errorstats", "latencystats"]),
        "parameter" => Pick(["maxmemory", "maxmemory-policy", "notify-keyspace-events", "save", "appendonly", "nosuch", "slowlog-max-len",
            "replicaof", "databases", "client-output-buffer-limit", "max*", "*save*", "s[al]?*"]),
        "setting" => Pick(["lazyfree-lazy-eviction", "list-max-listpack-size", "list-max-ziplist-size", "hash-max-listpack-value",
            "zset-max-ziplist-entries", "repl-timeout", "repl-backlog-size", "latency-monitor-threshold", "appendfsync",
            "active-expire-effort", "replica-priority", "slave-priority"]),
        "settingValue" => Pick(
            ["yes", "no", "0", "1", "10", "-1", "always", "everysec", "1kb", "100000", string.Empty, "99999999999999999999"]),
        "limits" => Pick(["pubsub 32mb 8mb 60", "pubsub 0 0 0", "slave 256mb 64mb 60", "replica 1gb 0 0 pubsub 33554432 8388608 60",
            "normal 0 0 0", "foo 0 0 0", "pubsub 1 2", "pubsub x 0 0", "PUBSUB 1mb 1mb -1", string.Empty]),
        "events" => Pick([string.Empty, "KEA", "Kg$", "E$x", "Kz", "A", "q", "Ex", "KEg$xe"]),
        "replicas" => Chance(3) ? Pick(_badNumbers) : "0",
        "waitTime" => Chance(3) ? Pick(_badNumbers) : Invariant(1 + Below(3)),
        "pause" => Chance(2) ? Pick(_badNumbers) : Chance(2) ? "-1" : "0",
        "sleep" => Chance(2) ? "0" : "0.0001",
        _ => throw new ArgumentException("no kind of argument: " + kind),
    };

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static byte[] Bytes(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    private string Pick(string[] choices) => choices[_random.Next(choices.Length)];

    private string Encoding() => Below(14) switch
    {
        0 => Pick(_words),
        1 => Pick(["u64", "i65", "u0", "i0", "i", "u", "i-1", "U8", "i 8", "i8x", "u99999999999"]),
        2 => "u63",
        3 => "i64",
        _ => (Chance(2) ? "u" : "i") + Invariant(1 + Below(63)),
    };

    // Far apart and far ahead, so that both servers compare two of them alike, and none ends during the test; or long past.
    private string RelativeTime(long unit) => Below(14) switch
    {
        0 => Pick(_badNumbers),
        1 => Pick(["0", "-1", "-1000", "-9223372036854775808"]),
        2 => Pick(["9223372036854775807", "9223372036854775", "9223372036854774", "92233720368547758", "-9223372036854775",
            "-9223372036854776"]),
        _ => Invariant((1000 + Below(10_000_000)) * unit),
    };

    private string AbsoluteTime(long unit) => Below(14) switch
    {
        0 => Pick(_badNumbers),
        1 => Pick(["0", "1", "-1", "1000000000"]),
        2 => Pick(["9223372036854775807", "9223372036854775", "-9223372036854775808", "99999999999", "99999999999999"]),
        _ => Invariant((_base + (100_000L * (1 + Below(8)))) * unit),
    };

    private byte[] Payload(byte[][] payloads)
    {
        byte[] payload = payloads[Below(payloads.Length)];
        if (!Chance(6))
        {
            return payload;
        }

        byte[] broken = (byte[])payload.Clone();
        if (Chance(2))
        {
            broken[Below(broken.Length)] ^= (byte)(1 + Below(255));
            return broken;
        }

        return broken[..Below(broken.Length)];
    }

    private byte[] Value()
    {
        switch (Below(12))
        {
            case 0 or 1:
                return Bytes(Pick(_numbers));
            case 2:
                return Bytes(Pick(_floats));
            case 3:
                return Bytes(Pick(_badNumbers));
            case 4 or 5:
                byte[] random = new byte[Below(60)];
                _random.NextBytes(random);
                return random;
            case 6:
                // Around the length from which Redis no longer embeds a string.
                return Bytes(new string((char)('a' + Below(3)), 40 + Below(10)));
            case 7 when Chance(20):
                byte[] large = new byte[Below(5000)];
                Array.Fill(large, (byte)('a' + Below(26)));
                return large;
            case 8:
                byte[] bits = new byte[1 + Below(30)];
                Array.Fill(bits, (byte)(Chance(2) ? 0xFF : 0));
                return bits;
            default:
                StringBuilder text = new();
                for (int i = Below(30); i > 0; i--)
                {
                    text.Append((char)('a' + Below(4)));
                }

                return Bytes(text.ToString());
        }
    }
}
