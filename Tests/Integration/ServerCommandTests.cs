using System;
using System.Globalization;
using System.Linq;

using Epollsrv.Protocol.Resp;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>The commands about the server, with the replies and errors of redis-server 7.0.15 (recorded from one).</summary>
public sealed class ServerCommandTests
{
    private const string Place = "adaptive edge";

    public static TheoryData<string> MainPlaces => [Place, "published adaptive edge"];

    [Theory]
    [MemberData(nameof(MainPlaces))]
    public void Replies_are_those_of_redis(string place)
        => NodeUnderTest.Run(place, node =>
        {
            using RespClient client = new(node);
            Check(client, "ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
            Check(client, "WAIT x 1", "-ERR value is not an integer or out of range");
            Check(client, "WAIT 1 x", "-ERR timeout is not an integer or out of range");
            Check(client, "WAIT 1 -1", "-ERR timeout is negative");
            Check(client, "WAIT 0 0", ":0");
            Check(client, "LOLWUT", "$18\r\nRedis ver. 7.0.15\n\r\n");
            Check(client, "LOLWUT VERSION x", "-ERR value is not an integer or out of range");
            Check(client, "FLUSHALL x", "-ERR syntax error");
            Check(client, "FLUSHDB ASYNC SYNC", "-ERR syntax error");
            Check(client, "SHUTDOWN ABORT", "-ERR No shutdown in progress.");
            Check(client, "SHUTDOWN SAVE NOSAVE", "-ERR syntax error");
            Check(client, "SHUTDOWN SAVE", "-ERR Errors trying to SHUTDOWN. Check logs.");
            Check(client, "DEBUG SLEEP 0", "-ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.");
            Check(client, "FUNCTION FLUSH", "+OK");
            Check(client, "FUNCTION FLUSH x", "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
            Check(client, "FUNCTION FLUSH ASYNC SYNC",
                "-ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.");
            Check(client, "MEMORY USAGE none", "$-1");
            Check(client, "MEMORY USAGE x SAMPLES", "-ERR syntax error");
            Check(client, "MEMORY USAGE x SAMPLES -1", "-ERR syntax error");
            Check(client, "MEMORY PURGE", "+OK");
            Check(client, "LATENCY LATEST", "*0");
            Check(client, "LATENCY RESET a b", ":0");
            Check(client, "LATENCY GRAPH x", "-ERR No samples available for event 'x'");
            Check(client, "LATENCY HISTOGRAM nothing", "*0");
            Check(client, "COMMAND INFO nothing", "*1\r\n$-1\r\n");
            Check(client, "COMMAND LIST FILTERBY", "-ERR syntax error");
            Check(client, "COMMAND LIST FILTERBY PATTERN getr*", "*1\r\n$8\r\ngetrange\r\n");
            Check(client, "COMMAND GETKEYS MSET a b c d", "*2\r\n$1\r\na\r\n$1\r\nc\r\n");
            Check(client, "COMMAND GETKEYS OBJECT FREQ a", "*1\r\n$1\r\na\r\n");
            Check(client, "COMMAND GETKEYS nothing a", "-ERR Invalid command specified");
            Check(client, "COMMAND GETKEYS CONFIG GET", "-ERR The command has no key arguments");
            Check(client, "COMMAND GETKEYS GET a b", "-ERR Invalid number of arguments specified for command");
            Check(client, "COMMAND GETKEYSANDFLAGS SET a b GET", "*1\r\n*2\r\n$1\r\na\r\n*3\r\n+RW\r\n+access\r\n+update\r\n");
            Check(client, "COMMAND GETKEYSANDFLAGS SET a b", "*1\r\n*2\r\n$1\r\na\r\n*2\r\n+OW\r\n+update\r\n");
            Check(client, "COMMAND GETKEYSANDFLAGS DEL a b",
                "*2\r\n*2\r\n$1\r\na\r\n*2\r\n+RM\r\n+delete\r\n*2\r\n$1\r\nb\r\n*2\r\n+RM\r\n+delete\r\n");
            Check(client, "COMMAND INFO DBSIZE", "*1\r\n*10\r\n$6\r\ndbsize\r\n:1\r\n*2\r\n+readonly\r\n+fast\r\n:0\r\n:0\r\n:0\r\n*3\r\n+@keyspace\r\n+@read\r\n+@fast\r\n*2\r\n$25\r\nrequest_policy:all_shards\r\n$23\r\nresponse_policy:agg_sum\r\n*0\r\n*0\r\n");
            Check(client, "COMMAND DOCS nothing", "*0");
            Check(client, "HELLO 3", null);
            Check(client, "LOLWUT", "=22\r\ntxt:Redis ver. 7.0.15\n\r\n");
            Check(client, "COMMAND DOCS TIME", "%1\r\n$4\r\ntime\r\n%4\r\n$7\r\nsummary\r\n$30\r\nReturn the current server time\r\n$5\r\nsince\r\n$5\r\n2.6.0\r\n$5\r\ngroup\r\n$6\r\nserver\r\n$10\r\ncomplexity\r\n$4\r\nO(1)\r\n");
        });

    [Fact]
    public void Every_command_has_its_details_and_COMMAND_shows_them_all()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            int commands = int.Parse(client.Call("COMMAND", "COUNT").AsSpan(1), CultureInfo.InvariantCulture);
            Assert.True(commands > 90, $"{commands} commands");
            Assert.StartsWith($"*{commands}\r\n*10\r\n", client.Call("COMMAND"), StringComparison.Ordinal);
            Assert.Equal(client.Call("COMMAND"), client.Call("COMMAND", "INFO"));
            Assert.StartsWith($"*{commands * 2}\r\n", client.Call("COMMAND", "DOCS"), StringComparison.Ordinal);
            CheckDetails();
        });

    [Fact]
    public void Time_and_start_are_now()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
            string[] time = client.Call("TIME").Split("\r\n");
            Assert.InRange(long.Parse(time[2], CultureInfo.InvariantCulture), now - 1, now + 60);
            Assert.InRange(long.Parse(time[4], CultureInfo.InvariantCulture), 0, 999_999);
            Assert.InRange(long.Parse(client.Call("LASTSAVE").AsSpan(1), CultureInfo.InvariantCulture), now - 60, now + 60);
        });

    [Theory]
    [MemberData(nameof(MainPlaces))]
    public void Flushing_takes_every_key_whoever_wrote_it(string place)
        => NodeUnderTest.Run(place, node =>
        {
            using RespClient client = new(node);
            using Client cs = node.Connect();
            cs.Put("file", "holder");
            cs.Put("taken", "holder");
            Assert.Equal("+OK", client.Call("SET", "taken", "over"));
            string keys = string.Concat(Enumerable.Range(0, 5000).Select(i => $"SET key{i} value\r\n"));
            client.SendRaw(keys);
            for (int i = 0; i < 5000; i++)
            {
                Assert.Equal("+OK", client.Reply());
            }

            Assert.Equal(":5002", client.Call("DBSIZE"));
            Assert.Equal("+OK", client.Call("FLUSHALL"));
            Assert.Equal(":0", client.Call("DBSIZE"));
            Assert.Null(cs.Get("file"));
            Assert.Equal("+OK", client.Call("SET", "k", "v"));
            Assert.Equal("+OK", client.Call("FLUSHDB", "ASYNC"));
            Assert.Equal("$-1", client.Call("GET", "k"));
        });

    [Fact]
    public void Memory_usage_grows_with_the_value()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "small", "1"));
            Assert.Equal("+OK", client.Call("SET", "large", new string('x', 100_000)));
            Assert.InRange(int.Parse(client.Call("MEMORY", "USAGE", "small").AsSpan(1), CultureInfo.InvariantCulture), 15, 60);
            Assert.InRange(int.Parse(client.Call("MEMORY", "USAGE", "large", "SAMPLES", "5").AsSpan(1), CultureInfo.InvariantCulture),
                100_000, 130_000);
            Assert.StartsWith("*56\r\n", client.Call("MEMORY", "STATS"), StringComparison.Ordinal);
            Assert.Contains("Hi Sam", client.Call("MEMORY", "DOCTOR"), StringComparison.Ordinal);
        });

    [Theory]
    [MemberData(nameof(MainPlaces))]
    public void Shutdown_is_an_orderly_stop(string place)
    {
        using NodeUnderTest node = NodeUnderTest.Start(place);
        using RespClient client = new(node);
        client.SendRaw("SET k v\r\nSHUTDOWN NOSAVE\r\n");
        Assert.Equal("+OK", client.Reply());
        Assert.True(client.Client.EndsWithin());
        Assert.Equal(0, node.WaitForExit());
    }

    [Fact]
    public void Debug_works_when_it_is_allowed_and_keeps_nobody_else_waiting()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient sleeper = new(node);
                using RespClient other = new(node);
                long begin = Environment.TickCount64;
                sleeper.Send("DEBUG", "SLEEP", "4");
                Assert.Equal("+PONG", other.Call("PING"));
                Assert.Equal(0, sleeper.Client.Socket.Available);
                Assert.Equal("+OK", sleeper.Reply());
                Assert.InRange(Environment.TickCount64 - begin, 3995, Patience.Milliseconds);
                Check(other, "DEBUG ERROR MINE", "-MINE");
                Check(other, "DEBUG nothing", "-ERR unknown subcommand or wrong number of arguments for 'nothing'. Try DEBUG HELP.");
            },
            "--enable-debug-command", "local");

    private static unsafe void CheckDetails()
    {
        for (int number = 1; number < CommandTable.Count; number++)
        {
            Command* command = CommandTable.At(number);
            string name = System.Text.Encoding.ASCII.GetString(command->Name);
            Assert.True(CommandDetails.Field(command, CommandDetails.Summary).Length > 0, name + " has no summary");
            Assert.True(CommandDetails.Field(command, CommandDetails.Categories).Length > 0, name + " has no category");
            Assert.True(command->FirstKey == 0 == CommandDetails.Field(command, CommandDetails.KeyFlags).IsEmpty, name
                + ": how it uses its keys");
        }
    }

    private static void Check(RespClient client, string request, string? reply)
    {
        string real = client.Call(request.Split(' '));
        Assert.True(reply is null || reply == real, $"{request}\nexpected {reply}\nreal     {real}");
    }
}
