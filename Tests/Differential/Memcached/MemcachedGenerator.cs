using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Epollsrv.Tests.Differential.Memcached;

/// <summary>
/// Random requests of memcached's text and meta protocols, right and wrong ones. A unique stands as {KEY} in its place, since each server
/// gives its own; requests are characters of Latin-1.
/// </summary>
internal sealed class MemcachedGenerator(int seed)
{
    // A longer value that is taken for a command ends the connection.
    private const int LongestWrong = 1_000;

    // A longer line that is torn memcached receives in another way, which now and then ends the connection.
    private const int LongestLine = 1_700;

    private static readonly string[] _words = ["set", "add", "replace", "append", "prepend"];
    private static readonly string[] _times =
        ["0", "0", "0", "100", "5000", "2592000", "-1", "2592001", "1000000000", "2000000000", "x", ""];

    // Of a number above 2^63, and of blanks without one, memcached reads on behind the item: what it answers depends on its memory.
    private static readonly string[] _deltas = ["0", "1", "7", "1000", "10000000", "18446744073709551616", "-1", "x", "007"];
    private static readonly string[] _flags = ["0", "0", "1", "65535", "4294967295", "4294967296", "-1", "f"];

    private readonly Random _random = new(seed);
    private readonly string[] _keys = ["a", "b", "c", "k\u0001\t\u007f\u00ff", new string('L', 250)];
    private readonly string[] _encoded = ["Zm9v", "/+8=", "AA==", "YmFyIGJhcg=="];

    /// <summary>Names of commands generated so far, and how often.</summary>
    public Dictionary<string, int> Counts { get; } = [];

    /// <summary>
    /// Whether numbers are read and not changed. A number that an answer on its way refers to, memcached replaces instead of padding it:
    /// it is not read and changed in one batch.
    /// </summary>
    public bool ReadsNumbers { get; set; }

    /// <summary>The next request.</summary>
    public string Next()
    {
        int kind = _random.Next(100);
        kind = ReadsNumbers && kind is (>= 44 and < 52) or (>= 90 and < 97) ? 0 : kind;
        string request = kind switch
        {
            < 14 => Retrieval(),
            < 34 => Storage(),
            < 39 => CompareAndSet(),
            < 44 => Pick("delete", "delete", "delete") + " " + Key()
                + Pick("", "", "", " noreply", " 0", " 0 noreply", " 5", " 5 noreply", " 0 noreply x"),
            < 52 => Pick("incr", "decr") + " " + Number() + " " + Pick(_deltas) + Pick("", "", "", " noreply", " x", " noreply x"),
            < 56 => "touch " + Key() + " " + Pick(_times) + Pick("", "", " noreply", " x"),
            < 70 => MetaGet(),
            < 84 => MetaSet(),
            < 90 => MetaDelete(),
            < 97 => MetaArithmetic(),
            < 98 => Pick("flush_all", "flush_all 0", "flush_all noreply", "flush_all 0 noreply", "flush_all x", "flush_all 1 2 3"),
            _ => Pick(
                "", " ", "x", "get", "gets ", "verbosity 0", "verbosity", "verbosity x noreply", "mx a", "stats nothing", "incr", "gat 0",
                "gat", "touch a", "ms", "ms a", "mg", "md", "ma", "me none", "cas a", "set a", "bget a", "SET a 0 0 1", "get a\0b",
                "shutdown"),
        };
        string name = request.TrimStart().Split(' ', '\r', '\0')[0];
        Counts[name] = Counts.GetValueOrDefault(name) + 1;
        return request.Contains('\n', StringComparison.Ordinal) ? request : request + Pick("\r\n", "\r\n", "\r\n", "\n");
    }

    private string Retrieval()
    {
        string verb = Pick("get", "get", "gets", "gets", "gat", "gats");
        StringBuilder text = new(verb);
        if (verb.StartsWith("gat", StringComparison.Ordinal))
        {
            _ = text.Append(' ').Append(Pick(_times[..^1]));
        }

        // No key that is too long: memcached then forgets what it has answered to the requests before.
        // A long line of gat ends the connection when it is torn.
        int count = verb[1] == 'a' || Chance(90) ? 1 + _random.Next(3) : 1 + _random.Next(60);
        for (int i = 0; i < count && text.Length < LongestLine; i++)
        {
            _ = text.Append(Pick(" ", " ", "  ")).Append(ReadsNumbers && Chance(20) ? Number() : Pick(_keys));
        }

        return text.ToString();
    }

    private string Storage()
    {
        bool isNumber = Chance(25);
        string value = isNumber ? NumberText() : Value();
        if (value.Length > LongestWrong)
        {
            return Pick(_words) + " " + Pick(_keys) + " 0 0 " + Text(value.Length) + "\r\n" + value + "\r\n";
        }

        string length = isNumber || Chance(96) ? Text(value.Length)
            : Pick(Text(value.Length + 1), Text(Math.Max(0, value.Length - 1)), "-1", "x", "2147483647");
        return Pick(_words) + " " + (isNumber ? Number() : Key()) + " " + (Chance(90) ? Pick("0", "5", "4000000000") : Pick(_flags)) + " "
            + (Chance(90) ? Pick("0", "100", "5000") : Pick(_times[..^1])) + " " + length
            + Pick("", "", "", " noreply", "") + (Chance(2) ? " x y" : "") + "\r\n" + value + End(value, length);
    }

    private string CompareAndSet()
    {
        string key = Key();
        string value = Short();
        return "cas " + key + " 3 0 " + Text(value.Length) + " "
            + (Chance(90) ? "{" + key + "}" : Pick("0", "18446744073709551615", "x", "-1"))
            + Pick("", "", " noreply") + "\r\n" + value + "\r\n";
    }

    private string MetaGet()
    {
        string key = MetaKey(out string binary);

        // Memcached answers with a key that is not encoded when it has made the item, or added to it.
        string vivify = binary.Length > 0 ? "R" : "N";
        string own = binary.Length > 0 ? "s" : "k";
        return "mg " + key + binary + Flags("v", "f", "s", "t", "h", own, "c", "q", "u", "O", "T", vivify, "R", "v", "c", "I", "x");
    }

    private string MetaSet()
    {
        string key = MetaKey(out string binary);
        string value = Chance(95) ? Short() : Value();
        if (value.Length > LongestWrong)
        {
            // Too large for an item now and then: memcached then deletes the key in any mode.
            return "ms " + Pick(_keys) + " " + Text(value.Length) + Pick("", " ME", " MA", " MP", " MR") + "\r\n" + value + "\r\n";
        }

        string length = Chance(97) ? Text(value.Length) : Pick(Text(value.Length + 1), "-1", "x");
        string flags = Flags("F", "T", "M", "I", "C", "c", "k", "o", "q", "S");
        return Fill("ms " + key + " " + length + binary + flags, key) + "\r\n" + value + End(value, length);
    }

    private string MetaDelete()
    {
        string key = MetaKey(out string binary);
        return Fill("md " + key + binary + Flags("I", "T", "C", "q", "k", "o", "x"), key);
    }

    private string MetaArithmetic()
    {
        // Without T: of a number that gets longer, memcached forgets it.
        string key = Number();
        return Fill("ma " + key + Flags("N", "J", "D", "M", "q", "t", "c", "v", "C", "k", "O"), key);
    }

    // Behind a value whose length is wrong follows what may be lost.
    private static string End(string value, string length) => length == Text(value.Length) ? "\r\n" : "\r\npad\r\n";

    private static string Fill(string request, string key) => request.Replace("{}", "{" + key + "}", StringComparison.Ordinal);

    // A key and, when it is written in base64, the flag that says so.
    private string MetaKey(out string binary)
    {
        bool isBinary = Chance(25);
        binary = isBinary ? " b" : string.Empty;
        return isBinary ? (Chance(97) ? Pick(_encoded) : Pick("a", "=", "Zm9v=", "Z!m9v")) : Key();
    }

    // Some flags, in random order; a C is {} and filled in with the key. An o is an O that may be too long, which memcached says of mg
    // and ma only when they are done.
    private string Flags(params string[] letters)
    {
        StringBuilder text = new();
        foreach (string letter in letters.OrderBy(_ => _random.Next()).Take(_random.Next(5)))
        {
            _ = text.Append(' ').Append(letter == "o" ? "O" : letter).Append(letter switch
            {
                "O" => Chance(97) ? Text(_random.Next(1000)) : new string('o', 31),
                "o" => Chance(97) ? Text(_random.Next(1000)) : new string('o', 30 + _random.Next(4)),
                "T" or "R" => Pick("0", "30", "100", "5000", "-1", "x"),
                "N" => Pick("0", "30", "100", "x"),
                "F" => Pick(_flags),
                "J" => Pick("0", "5", "9000000000000000000", "x"),
                "D" => Pick(_deltas),
                "C" => Chance(85) ? "{}" : Pick("0", "18446744073709551615", "x"),
                "M" => Pick("E", "A", "P", "R", "S", "I", "D", "+", "-", "Z", "", "AB"),
                _ => string.Empty,
            });
        }

        return text.ToString();
    }

    private string Short()
    {
        string value = Value();
        return value.Length > LongestWrong ? "short" : value;
    }

    private string Value()
    {
        if (Chance(10))
        {
            return Pick("get a\r\n", "\r\n", "set a 0 0 1\r\nx", "END\r\n", "\n", "STORED");
        }

        int most = _random.Next(10_000) switch { 0 => 1_048_600, < 5 => 200_000, < 60 => 30_000, < 500 => 2_000, _ => 30 };
        int length = most == 1_048_600 ? most - _random.Next(200) : _random.Next(most);
        char one = (char)('a' + _random.Next(26));
        return new string(one, length);
    }

    private string Key() => Chance(98) ? Pick(_keys) : new string('x', 251);

    private string Number() => "n" + Text(_random.Next(4));

    private string NumberText() => Pick(
        "0", "1", "9", "10", "99", "100", "9000000000000000000", "007", " 5", "5 ", "5 x", "5x", "-5", "+5", "x", "");

    private bool Chance(int percent) => _random.Next(100) < percent;

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
