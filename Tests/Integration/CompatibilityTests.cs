using System;
using System.Collections.Generic;
using System.Linq;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>What docs/COMPATIBILITY.md says outside of its table of differences, where no other test says it.</summary>
public sealed class CompatibilityTests
{
    private const string Place = "adaptive edge";
    private const string OutOfMemory = "-OOM command not allowed when used memory > 'maxmemory'.";

    private const string PatternTooLong = "-ERR a pattern may have at most 1024 bytes between two stars, and 4096 in a set or row of stars";

    private static readonly string _longPart = "*" + new string('a', 1025) + "*";
    private static readonly string _longSet = "[" + new string('a', 4096) + "]";

    // A request that begins with "SET " is CONFIG's.
    public static TheoryData<string, string> Answers => new()
    {
        // There is one database.
        { "SELECT 0", "+OK" },
        { "CONFIG GET databases", "*2\r\n$9\r\ndatabases\r\n$2\r\n16\r\n" },

        // Types other than strings, scripts, replication, modules and users are unknown commands.
        { "LPUSH a b", "-ERR unknown command 'LPUSH', with args beginning with: 'a' 'b' " },
        { "EVAL x 0", "-ERR unknown command 'EVAL', with args beginning with: 'x' '0' " },
        { "REPLICAOF NO ONE", "+OK" },
        { "MODULE LIST", "-ERR unknown command 'MODULE', with args beginning with: 'LIST' " },
        { "ACL WHOAMI", "-ERR unknown command 'ACL', with args beginning with: 'WHOAMI' " },

        // Without --data.
        { "SAVE", "-ERR nothing is kept on disk: start the node with --data DIR" },

        // CLUSTER is one command.
        { "COMMAND LIST FILTERBY PATTERN cluster*", "*1\r\n$7\r\ncluster\r\n" },
        { "MULTI", "+OK" },
        { "CLUSTER FOO", "+QUEUED" },
        { "EXEC", "*1\r\n-ERR unknown subcommand 'FOO'. Try CLUSTER HELP.\r\n" },

        // Sizes at the start.
        { "CONFIG GET proto-max-bulk-len", "*2\r\n$18\r\nproto-max-bulk-len\r\n$8\r\n67108864\r\n" },
        { "CONFIG GET maxmemory-samples", "*2\r\n$17\r\nmaxmemory-samples\r\n$2\r\n10\r\n" },
        { "CONFIG GET client-output-buffer-limit",
            "*2\r\n$26\r\nclient-output-buffer-limit\r\n$60\r\nnormal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 0 0\r\n" },

        // Parameters that act.
        { "SET proto-max-bulk-len 1gb", "+OK" },
        { "SET proto-max-bulk-len 1073741825", "proto-max-bulk-len') - argument must be between 1048576 and 1073741824 inclusive" },
        { "SET maxmemory 18446744073709551615", "+OK" },
        { "CONFIG GET maxmemory", "*2\r\n$9\r\nmaxmemory\r\n$19\r\n9223372036854775807\r\n" },
        { "SET maxmemory 0", "+OK" },
        { "SET client-output-buffer-limit normal_0_0_0", "+OK" },
        { "SET client-output-buffer-limit normal_0_0_1", "client-output-buffer-limit') - normal clients are limited by --max-output here: they are not read while their output is full, and not closed" },
        { "SET requirepass " + new string('p', 256), "requirepass') - argument must be at most 255 bytes" },

        // Those that would promise what does not happen: only what they are.
        { "SET save 3600_1", "save') - nothing is kept on disk: start the node with --data DIR" },
        { "SET appendonly yes", "appendonly') - nothing is kept on disk: start the node with --data DIR" },
        { "SET appendonly NO", "+OK" },
        { "SET lfu-log-factor 11", "lfu-log-factor') - can't set immutable config" },
        { "SET lfu-log-factor 10", "+OK" },
        { "SET lfu-decay-time 2", "lfu-decay-time') - can't set immutable config" },
        { "SET lfu-decay-time 1", "+OK" },
        { "SET maxmemory-clients 1", "maxmemory-clients') - can't set immutable config" },
        { "SET maxmemory-clients 0", "+OK" },
        { "SET min-replicas-to-write 0", "+OK" },
        { "SET dir /nowhere", "dir') - can't set protected config" },
        { "SET port 1", "port') - can't set immutable config" },
        { "SET bind 0.0.0.0", "bind') - can't set immutable config" },
        { "SET bind 127.0.0.1", "+OK" },

        // All eight policies.
        { "SET maxmemory-policy allkeys-lru", "+OK" },
        { "SET maxmemory-policy allkeys-lfu", "+OK" },
        { "SET maxmemory-policy allkeys-random", "+OK" },
        { "SET maxmemory-policy volatile-lru", "+OK" },
        { "SET maxmemory-policy volatile-lfu", "+OK" },
        { "SET maxmemory-policy volatile-random", "+OK" },
        { "SET maxmemory-policy volatile-ttl", "+OK" },
        { "SET maxmemory-policy noeviction", "+OK" },

        // Patterns.
        { "KEYS " + _longPart, PatternTooLong },
        { "KEYS " + _longSet, PatternTooLong },
        { "SCAN 0 MATCH " + _longPart, PatternTooLong },
        { "PSUBSCRIBE " + _longPart, PatternTooLong },
        { "CONFIG GET " + _longPart, PatternTooLong },
        { "COMMAND LIST FILTERBY PATTERN " + _longSet, PatternTooLong },
    };

    [Fact]
    public void Every_answer_is_as_described() => NodeUnderTest.Run(Place, node =>
    {
        using RespClient client = new(node);
        List<string> wrong = [];
        foreach (object[] row in Answers)
        {
            string request = (string)row[0];
            string expected = (string)row[1];
            bool sets = request.StartsWith("SET ", StringComparison.Ordinal);
            string[] words = (sets ? "CONFIG " + request : request).Split(' ');
            string reply = client.Call([.. words.Select(word => sets ? word.Replace('_', ' ') : word)]);
            if (reply != (sets && expected != "+OK" ? "-ERR CONFIG SET failed (possibly related to argument '" + expected : expected))
            {
                wrong.Add(request[..Math.Min(60, request.Length)] + ": " + reply);
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    });

    [Fact]
    public void DEBUG_has_four_subcommands_that_act() => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient client = new(node);
            foreach (string request in (string[])["DEBUG SLEEP 0", "DEBUG SET-ACTIVE-EXPIRE 1", "DEBUG LOG something"])
            {
                Assert.Equal("+OK", client.Call(request.Split(' ')));
            }

            Assert.Equal("-MINE", client.Call("DEBUG", "ERROR", "MINE"));
            Assert.StartsWith("-ERR unknown subcommand", client.Call("DEBUG", "OBJECT", "a"), StringComparison.Ordinal);
            node.AwaitLog("something");
        },
        "--enable-debug-command", "yes");

    [Fact]
    public void When_memory_is_used_up_what_fits_is_still_written_but_nothing_above_a_lowered_maximum() => NodeUnderTest.Run(
        Place,
        node =>
        {
            using RespClient client = new(node);
            string value = new('v', 10_000);
            int count = 0;
            while (client.Call("SET", "key" + count, value) == "+OK")
            {
                count++;
            }

            Assert.InRange(count, 100, 1000);
            Assert.Equal(OutOfMemory, client.Call("SET", "key" + count, value));
            Assert.Equal("+OK", client.Call("SET", "key1", new string('w', 10_000)));
            Assert.Equal(":1", client.Call("DEL", "key2"));
            Assert.Equal("+OK", client.Call("SET", "key2", value));

            // Lowered: whatever may need memory is refused, and all of a transaction but how it ends.
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "maxmemory", "1mb"));
            Assert.Equal(OutOfMemory, client.Call("SET", "key1", "v"));
            Assert.Equal(OutOfMemory, client.Call("SETBIT", "key1", "0", "1"));
            Assert.Equal("+OK", client.Call("MULTI"));
            foreach (string request in (string[])["GET key1", "DEL key1", "PING", "MULTI", "UNWATCH"])
            {
                Assert.Equal(OutOfMemory, client.Call(request.Split(' ')));
            }

            Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", client.Call("EXEC"));
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+OK", client.Call("DISCARD"));
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+RESET", client.Call("RESET"));
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+OK", client.Call("QUIT"));
        },
        "--max-memory", "4mb");
}
