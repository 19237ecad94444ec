using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Integration;

/// <summary>Long values are received straight to where they stay: whatever the command, the pieces and what happens on the way.</summary>
public sealed class RespLargeValueTests(ITestOutputHelper output)
{
    private const string Place = "adaptive edge";
    private const int Long = 200_000;

    [Theory]
    [MemberData(nameof(NodeUnderTest.AllPlaces), MemberType = typeof(NodeUnderTest))]
    public void Values_of_all_sizes_in_random_pieces_come_back_whole(string place)
        => NodeUnderTest.Run(place, node =>
        {
            int seed = TestSeed.Choose();
            output.WriteLine("seed " + seed);
            Random random = new(seed);
            using RespClient client = new(node);
            int[] sizes = [65_535, 65_536, 65_537, 131_072, 262_144, 300_000, 1_048_576, 1_048_577, 5_000_000];
            foreach (int size in sizes)
            {
                string value = Value(random, size);
                byte[] stream = [.. RespClient.Request("PING"), .. RespClient.Request("SET", "k", value),
                    .. RespClient.Request("STRLEN", "k"), .. RespClient.Request("GETSET", "k", value + "!"),
                    .. RespClient.Request("GET", "k")];
                Beside sender = SendInPieces(client, stream, random);
                Assert.Equal("+PONG", client.Reply());
                Assert.Equal("+OK", client.Reply());
                Assert.Equal(":" + size, client.Reply());
                Assert.True("$" + size + "\r\n" + value + "\r\n" == client.Reply(), $"seed {seed}, {size} bytes");
                Assert.True("$" + (size + 1) + "\r\n" + value + "!\r\n" == client.Reply(), $"seed {seed}, {size} bytes");
                sender.Check();
            }
        });

    [Fact]
    public void Torn_anywhere_round_its_ends_a_long_value_is_the_same()
        => NodeUnderTest.Run(Place, node =>
        {
            string value = Value(new Random(1), Long);
            byte[] request = RespClient.Request("SET", "key", value);
            int[] cuts = [.. Enumerable.Range(1, 60), .. Enumerable.Range(request.Length - 6, 6)];
            foreach (int cut in cuts)
            {
                using RespClient client = new(node);
                client.Client.Send(request.AsSpan(0, cut));
                Thread.Sleep(2);
                client.Client.Send(request.AsSpan(cut));
                client.SendRaw("GET key\r\n");
                Assert.Equal("+OK", client.Reply());
                Assert.True("$" + Long + "\r\n" + value + "\r\n" == client.Reply(), "cut at " + cut);
            }
        });

    [Fact]
    public void Every_command_may_have_a_long_last_argument()
        => NodeUnderTest.Run(Place, node =>
        {
            Random random = new(2);
            string value = Value(random, Long);
            string other = Value(random, Long);
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", value));
            Assert.Equal(":" + (2 * Long), client.Call("APPEND", "a", other));
            Assert.Equal(value + other, client.Value("GET", "a"));
            Assert.Equal(":" + (Long + 5), client.Call("SETRANGE", "b", "5", value));
            Assert.Equal("+OK", client.Call("MSET", "c", other, "d", value));
            Assert.Equal(other, client.Value("GET", "c"));
            Assert.Equal(value, client.Value("GET", "d"));
            Assert.Equal(":0", client.Call("SETNX", "d", other));
            Assert.Equal("$-1", client.Call("SET", "d", other, "NX"));
            Assert.Equal(":1", client.Call("SETNX", "e", other));
            Assert.Equal("+OK", client.Call("SETEX", "f", "100", value));
            Assert.Equal(value, client.Value("GET", "f"));
            Assert.Equal(value, client.Value("ECHO", value));
            Assert.StartsWith("-ERR unknown command", client.Call("NOSUCH", value), StringComparison.Ordinal);
            Assert.StartsWith("-ERR wrong number", client.Call("GET", "a", value), StringComparison.Ordinal);
            Assert.StartsWith("-ERR value is not an integer", client.Call("INCRBY", "n", value), StringComparison.Ordinal);
            Assert.Equal(":0", client.Call("EXISTS", value));
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+QUEUED", client.Call("SET", "g", value));
            Assert.Equal("+QUEUED", client.Call("APPEND", "g", other));
            Assert.Equal("*2\r\n+OK\r\n:" + (2 * Long) + "\r\n", client.Call("EXEC"));
            Assert.Equal(value + other, client.Value("GET", "g"));
        });

    [Theory]
    [InlineData(4_000)]
    [InlineData(4_460)]
    [InlineData(5_000)]
    [InlineData(60_000)]
    public void A_value_that_looks_like_a_header_is_a_value_wherever_it_is_torn(int keyLength)
        => NodeUnderTest.Run(Place, node =>
        {
            string key = new('k', keyLength);
            foreach (string start in (string[])["$", "$5\r\n", "\r$", "$$$"])
            {
                foreach (int size in (int[])[100, 20_000, Long])
                {
                    string value = start + new string('v', size);
                    byte[] request = RespClient.Request("SET", key, value);
                    int payload = request.Length - value.Length - 2;
                    foreach (int cut in (
                        int[])[payload - 1, payload, payload + 1, payload + 50, payload + Math.Min(size, 10_000), request.Length - 1])
                    {
                        using RespClient client = new(node);
                        client.Client.Send(request.AsSpan(0, cut));
                        Thread.Sleep(5);
                        client.Client.Send(request.AsSpan(cut));
                        Assert.Equal("+OK", client.Reply());
                        Assert.True(value == client.Value("GET", key), $"{start.Length} {size} {cut - payload}");
                    }
                }
            }
        });

    [Fact]
    public void A_long_message_reaches_its_subscriber()
        => NodeUnderTest.Run(Place, node =>
        {
            string value = Value(new Random(3), Long);
            using RespClient subscriber = new(node);
            _ = subscriber.Call("SUBSCRIBE", "news");
            using RespClient client = new(node);
            Assert.Equal(":1", client.Call("PUBLISH", "news", value));
            Assert.Equal("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$" + Long + "\r\n" + value + "\r\n", subscriber.Reply());
        });

    [Fact]
    public void The_slow_log_may_show_a_value_that_another_client_deleted()
        => NodeUnderTest.Run(Place, node =>
        {
            string value = Value(new Random(4), 6_000_000);
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CONFIG", "SET", "slowlog-log-slower-than", "0"));
            for (int i = 0; i < 20; i++)
            {
                client.Send("SET", "k", value);
                client.Send("DEL", "k");
                Assert.Equal("+OK", client.Reply());
                Assert.Equal(":1", client.Reply());
            }

            Assert.Contains(value[..100], client.Call("SLOWLOG", "GET", "5"), StringComparison.Ordinal);
        });

    [Fact]
    public void A_client_held_back_in_the_middle_goes_on()
        => NodeUnderTest.Run(Place, node =>
        {
            string value = Value(new Random(5), Long);
            byte[] request = RespClient.Request("SET", "k", value);
            using RespClient writer = new(node);
            writer.Client.Send(request.AsSpan(0, 100_000));
            using RespClient other = new(node);
            Assert.Equal("+OK", other.Call("CLIENT", "PAUSE", "300", "WRITE"));
            writer.Client.Send(request.AsSpan(100_000));
            Assert.Equal("$-1", other.Call("GET", "k"));
            Assert.Equal("+OK", writer.Reply());
            Assert.Equal(value, other.Value("GET", "k"));
        });

    [Fact]
    public void What_arrived_counts_and_is_freed_with_the_connection()
        => NodeUnderTest.Run(Place, node =>
        {
            byte[] request = RespClient.Request("SET", "k", Value(new Random(6), 10_000_000));
            long before = node.Server.Buffers.InUse;
            for (int i = 0; i < 5; i++)
            {
                using Client client = node.Connect();
                client.Send(request.AsSpan(0, 8_000_000));
                NodeUnderTest.Until(() => node.Server.Buffers.InUse - before >= 7_000_000);
            }

            NodeUnderTest.Until(() => node.Server.Buffers.InUse <= before);
        });

    [Fact]
    public void Announced_values_cost_no_memory_and_take_no_keys_with_them()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                for (int i = 0; i < 100; i++)
                {
                    Assert.Equal("+OK", client.Call("SET", "key" + i, new string('v', 1000)));
                }

                List<Client> liars = [];
                for (int i = 0; i < 50; i++)
                {
                    Client liar = node.Connect();
                    liar.Send(Encoding.Latin1.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$60000000\r\nonly this"));
                    liars.Add(liar);
                }

                Thread.Sleep(200);
                Assert.Equal(":100", client.Call("DBSIZE"));
                Assert.Equal("+OK", client.Call("SET", "one more", "1"));
                Assert.Contains("evicted_keys:0", client.Call("INFO", "stats"), StringComparison.Ordinal);
                liars.ForEach(liar => liar.Dispose());
            },
            "--max-memory", "16mb", "--eviction", "allkeys-lru");

    [Fact]
    public void Who_is_killed_in_the_middle_of_a_batch_disturbs_nobody()
        => NodeUnderTest.Run(Place, node =>
        {
            // Eight connections are received for at once: some of them are killed by others of the same batch.
            using RespClient watcher = new(node);
            for (int round = 0; round < 200; round++)
            {
                List<RespClient> clients = [];
                List<string> names = [];
                for (int i = 0; i < 8; i++)
                {
                    clients.Add(new RespClient(node));
                    names.Add(clients[i].Call("CLIENT", "ID")[1..]);
                }

                _ = watcher.Call("SET", "alive", "0");
                for (int i = 0; i < 8; i++)
                {
                    clients[i].Client.Send(
                        [.. RespClient.Request("CLIENT", "KILL", "ID", names[(i + 1) % 8]), .. RespClient.Request("INCR", "alive")]);
                }

                Thread.Sleep(round % 4);
                int alive = int.Parse(watcher.Value("GET", "alive")!, CultureInfo.InvariantCulture);
                Assert.InRange(alive, 0, 8);
                clients.ForEach(client => client.Dispose());
            }

            Assert.Equal("+PONG", watcher.Call("PING"));
        });

    [Fact]
    public void A_value_beyond_the_memory_is_refused_and_the_connection_goes_on()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                string value = Value(new Random(7), 6_000_000);
                for (int i = 0; i < 3; i++)
                {
                    Assert.StartsWith("-OOM", client.Call("SET", "k", value), StringComparison.Ordinal);
                    Assert.Equal("+OK", client.Call("SET", "small", "1"));
                }
            },
            "--max-memory", "4mb", "--eviction", "noeviction");

    private static Beside SendInPieces(RespClient client, byte[] stream, Random random)
    {
        // Sent by a thread of its own: the replies may fill the sockets before all is sent.
        List<int> pieces = [];
        for (int sent = 0; sent < stream.Length; sent += pieces[^1])
        {
            pieces.Add(Math.Min(stream.Length - sent, random.Next(4) == 0 ? random.Next(1, 50) : random.Next(1, 300_000)));
        }

        return new Beside(() =>
        {
            int sent = 0;
            foreach (int piece in pieces)
            {
                client.Client.Send(stream.AsSpan(sent, piece));
                sent += piece;
            }

            return null;
        });
    }

    private static string Value(Random random, int length)
        => string.Create(CultureInfo.InvariantCulture, $"{random.Next():x8}").PadRight(16, '-')
            + new string((char)random.Next('a', 'z'), length - 17) + "$";
}
