using System.Collections.Generic;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>CONFIG's parameters that have no meaning here: remembered within
/// Redis's bounds. All expected replies are redis-server 7.0.15's.</summary>
public sealed class ConfigSettingsTests
{
    private const string Place = "adaptive edge";

    public static TheoryData<string, string, string> Taken => new()
    {
        { "lazyfree-lazy-eviction", "yes", "yes" },
        { "list-max-ziplist-size", "-5", "-5" },
        { "list-max-listpack-size", "-2147483648", "-2147483648" },
        { "hash-max-listpack-entries", "1024", "1024" },
        { "hash-max-ziplist-value", "1kb", "1024" },
        { "zset-max-listpack-value", "", "0" },
        { "repl-timeout", "2147483647", "2147483647" },
        { "repl-backlog-size", "1", "16384" },
        { "repl-backlog-size", "9223372036854775807", "9223372036854775807" },
        { "latency-monitor-threshold", "100", "100" },
        { "hz", "0", "1" },
        { "hz", "501", "500" },
        { "dynamic-hz", "no", "no" },
        { "appendfsync", "ALWAYS", "always" },
        { "loglevel", "warning", "warning" },
        { "replica-read-only", "no", "no" },
        { "lua-time-limit", "0", "0" },
        { "maxmemory", "", "0" },
        { "maxmemory", "kb", "0" },
    };

    public static TheoryData<string, string, string> Refused => new()
    {
        { "lazyfree-lazy-eviction", "1", "argument must be 'yes' or 'no'" },
        { "list-max-ziplist-size", "2147483648", "argument must be between -2147483648 and 2147483647 inclusive" },
        { "hash-max-listpack-entries", "1kb", "argument couldn't be parsed into an integer" },
        { "hash-max-ziplist-value", "-1", "argument must be a memory value" },
        { "repl-timeout", "0", "argument must be between 1 and 2147483647 inclusive" },
        { "repl-backlog-size", "", "argument must be between 1 and 9223372036854775807 inclusive" },
        { "repl-backlog-size", "9223372036854775808", "argument must be between 1 and 9223372036854775807 inclusive" },
        { "active-expire-effort", "11", "argument must be between 1 and 10 inclusive" },
        { "hz", "-1", "argument must be between 0 and 2147483647 inclusive" },
        { "appendfsync", "sometimes", "argument(s) must be one of the following: everysec, always, no" },
        { "min-replicas-to-write", "-1", "argument must be between 0 and 2147483647 inclusive" },
        { "maxmemory", "1x", "argument must be a memory value" },
    };

    [Fact]
    public void What_is_taken_is_remembered() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        foreach (object[] setting in Taken)
        {
            string name = (string)setting[0];
            string value = (string)setting[2];
            Assert.Equal("+OK", client.Call("CONFIG", "SET", name, (string)setting[1]));
            Assert.Equal($"*2\r\n${name.Length}\r\n{name}\r\n${value.Length}\r\n{value}\r\n", client.Call("CONFIG", "GET", name));
        }
    });

    [Fact]
    public void What_is_refused_changes_nothing() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        string before = client.Call("CONFIG", "GET", "*");
        foreach (object[] setting in Refused)
        {
            Assert.Equal($"-ERR CONFIG SET failed (possibly related to argument '{setting[0]}') - {setting[2]}",
                client.Call("CONFIG", "SET", "timeout", "7", (string)setting[0], (string)setting[1]));
        }

        Assert.Equal(before, client.Call("CONFIG", "GET", "*"));
    });

    [Fact]
    public void Both_names_of_a_parameter_are_one_value_and_no_name_is_empty() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        Assert.Equal("+OK", client.Call("CONFIG", "SET", "hash-max-ziplist-entries", "77", "hz", "100"));
        Assert.Equal("*4\r\n$25\r\nhash-max-listpack-entries\r\n$2\r\n77\r\n$24\r\nhash-max-ziplist-entries\r\n$2\r\n77\r\n",
            client.Call("CONFIG", "GET", "hash-max-*entries"));
        Assert.Contains("\r\nhz:100\r\nconfigured_hz:100\r\n", client.Value("INFO", "server"));
        Assert.Equal("*0", client.Call("CONFIG", "GET", ""));
        Assert.DoesNotContain("$0\r\n\r\n$0\r\n", client.Call("CONFIG", "GET", "*"));
        Assert.Equal("-ERR Unknown option or number of arguments for CONFIG SET - '-'", client.Call("CONFIG", "SET", "-", "1"));
    });

    [Fact]
    public void No_setting_makes_the_node_grow() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        HashSet<string> replies = [];
        for (int i = 0; i < 200; i++)
        {
            replies.Add(client.Call("CONFIG", "SET", "repl-backlog-ttl", new string('0', 100_000) + i));
        }

        Assert.Equal(["-ERR CONFIG SET failed (possibly related to argument 'repl-backlog-ttl') - argument couldn't be parsed into an integer"], replies);
    });
}
