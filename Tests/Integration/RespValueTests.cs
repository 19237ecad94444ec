using System;
using System.Buffers.Binary;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

[Collection(LoadCollection.Name)]
public sealed class RespValueTests
{
    private const string Place = "adaptive edge";

    [Theory]
    [InlineData(1)]
    [InlineData(17_000)]
    [InlineData(19_000)]
    [InlineData(70_000)]
    [InlineData(3_000_000)]
    public void A_value_of_any_length_comes_back_as_it_went(int length)
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            string value = Text(length);
            Assert.Equal("+OK", client.Call("SET", "k", value));
            Assert.Equal(value, client.Value("GET", "k"));
            Assert.Equal(value, client.Value("SET", "k", "short", "GET"));
            Assert.Equal("short", client.Value("GETSET", "k", value));
            Assert.Equal(":" + (length + 3), client.Call("APPEND", "k", "abc"));
            Assert.Equal(value + "abc", client.Value("GETRANGE", "k", "0", "-1"));
            Assert.Equal(":1", client.Call("COPY", "k", "copy"));
            Assert.Equal(":" + (length + 3), client.Call("SETRANGE", "k", "0", "X"));
            Assert.Equal(value + "abc", client.Value("GET", "copy"));
            Assert.Equal("+OK", client.Call("RENAME", "copy", "other"));
            Assert.Equal("*3\r\n$-1\r\n$" + (length + 3) + "\r\n" + value + "abc\r\n$-1\r\n", client.Call("MGET", "copy", "other", "none"));
            Assert.Equal("+OK", client.Call("MSET", "a", value, "b", "2"));
            Assert.Equal(value, client.Value("GETDEL", "a"));
            Assert.Equal("$-1", client.Call("GET", "a"));
        });

    [Fact]
    public void Dump_and_restore_carry_a_value_and_a_broken_payload_is_refused()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            foreach (string value in new[] { "", "12", "-30000", "2000000000", "text", Text(100), Text(100_000) })
            {
                Assert.Equal("+OK", client.Call("SET", "k", value));
                string payload = client.Value("DUMP", "k")!;
                Assert.Equal("-BUSYKEY Target key name already exists.", client.Call("RESTORE", "k", "0", payload));
                Assert.Equal("+OK", client.Call("RESTORE", "k2", "0", payload, "REPLACE"));
                Assert.Equal(value, client.Value("GET", "k2"));
                string broken = (char)(payload[0] ^ 1) + payload[1..];
                Assert.Equal("-ERR DUMP payload version or checksum are wrong", client.Call("RESTORE", "k3", "0", broken));
            }

            // Compressed by redis-server 7.0.15: 300 times the letter q.
            const string compressed = "\u0000\u00c3\u000c\u0041\u002c\u0001\u0071\u0071\u00e0\u00ff\u0000\u00e0\u0017\u0000\u0001\u0071\u0071\u000a\u0000\u00e9\u008f\u0080\u00de\u001e\u000a\u00f4\u005d";
            Assert.Equal("+OK", client.Call("RESTORE", "z", "0", compressed));
            Assert.Equal(new string('q', 300), client.Value("GET", "z"));
        });

    [Theory]
    [InlineData(9, true)]
    [InlineData(11, true)]
    [InlineData(12, false)]
    [InlineData(79, false)]
    [InlineData(80, true)]
    [InlineData(81, true)]
    [InlineData(82, false)]
    public void RESTORE_takes_the_versions_that_files_may_have(int version, bool isTaken)
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "k", "value"));
            byte[] payload = Encoding.Latin1.GetBytes(client.Value("DUMP", "k")!);
            payload[^10] = (byte)version;
            BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(payload.Length - 8), Crc64Tests.Compute(0, payload.AsSpan(..^8)));
            string reply = client.Call("RESTORE", "other", "0", Encoding.Latin1.GetString(payload));
            Assert.Equal(isTaken ? "+OK" : "-ERR DUMP payload version or checksum are wrong", reply);
        });

    [Theory]
    [InlineData("announces more than it holds", 40 << 20, 3, "-ERR Bad data format")]
    [InlineData("refers to before its start", 40 << 20, 0, "-ERR Bad data format")]
    [InlineData("is over already", 40 << 20, 40 << 20, "+OK")]
    public void Nothing_is_evicted_for_a_RESTORE_that(string what, int announced, int held, string expected)
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                string value = new('v', 1000);
                for (int i = 0; i < 4000; i++)
                {
                    client.Send("SET", "k" + i, value);
                    if (i % 100 == 99)
                    {
                        for (int replies = 0; replies < 100; replies++)
                        {
                            Assert.Equal("+OK", client.Reply());
                        }
                    }
                }

                Assert.Equal(":4000", client.Call("DBSIZE"));
                Assert.Equal(expected,
                    client.Call("RESTORE", "x", what.StartsWith("is over", StringComparison.Ordinal) ? "1" : "0",
                    Compressed(announced, held), "ABSTTL"));
                Assert.Equal(":4000", client.Call("DBSIZE"));
            },
            "--max-memory",
            "96mb",
            "--eviction",
            "allkeys-lru");

    // The payload of a string of one letter, compressed: what is announced and what is there. None is there: a reference to nothing.
    private static unsafe string Compressed(int announced, int held)
    {
        System.Collections.Generic.List<byte> data = held == 0 ? [0x20, 0x05] : [0, (byte)'q'];
        for (int made = held == 0 ? 3 : 1; made < held;)
        {
            int part = Math.Min(264, held - made);
            if (part < 9)
            {
                data.AddRange([(byte)(part - 1), .. new byte[part]]);
            }
            else
            {
                data.AddRange([0xE0, (byte)(part - 9), 0]);
            }

            made += part;
        }

        byte[] payload = [0, 0xC3, 0x80, .. Big(data.Count), 0x80, .. Big(announced), .. data, 10, 0];
        fixed (byte* bytes = payload)
        {
            return System.Text.Encoding.Latin1.GetString(
                [.. payload, .. BitConverter.GetBytes(Epollsrv.Native.Crc64.Compute(0, bytes, payload.Length))]);
        }
    }

    private static byte[] Big(int number)
    {
        byte[] bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    [Fact]
    public void Keys_scanned_while_the_store_grows_are_all_shown()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            using RespClient writer = new(node);
            for (int i = 0; i < 1000; i++)
            {
                client.Send("SET", "stays:" + i, "1");
            }

            for (int i = 0; i < 1000; i++)
            {
                Assert.Equal("+OK", client.Reply());
            }

            System.Collections.Generic.HashSet<string> seen = [];
            string cursor = "0";
            int round = 0;
            do
            {
                string[] lines = client.Call("SCAN", cursor, "COUNT", "20", "MATCH", "stays:*").Split("\r\n");
                cursor = lines[2];
                for (int i = 5; i < lines.Length; i += 2)
                {
                    _ = seen.Add(lines[i]);
                }

                for (int i = 0; i < 40; i++)
                {
                    _ = writer.Call(round % 2 == 0 ? "SET" : "DEL", "comes:" + (round / 2) + ":" + i, "1");
                }

                round++;
            }
            while (cursor != "0");

            Assert.Equal(1000, seen.Count);
            Assert.StartsWith("*1000\r\n", client.Call("KEYS", "stays:*"), StringComparison.Ordinal);
        });

    [Fact]
    public void A_key_with_a_time_is_gone_and_its_memory_comes_back()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "k", "v", "PX", "30"));
            Assert.Equal("+OK", client.Call("SET", "unseen", "v", "PX", "30"));
            Thread.Sleep(40);
            Assert.Equal("$-1", client.Call("GET", "k"));
            long Keys() => Epollsrv.Node.RunningNode.Of(node.Server).Store.Counters.Keys;
            NodeUnderTest.Until(() => Keys() == 0, "the key that nobody asks for is removed");
        });

    [Fact]
    public void Commands_on_several_keys_are_seen_whole()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient reader = new(node);
            Assert.Equal("+OK", reader.Call("MSET", "a", "0", "b", "0", "c", "0"));
            bool stop = false;
            Task writing = NodeUnderTest.Aside(() =>
            {
                using RespClient writer = new(node);
                for (int i = 1; !Volatile.Read(ref stop); i++)
                {
                    string value = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
                    _ = writer.Call("MSET", "a", value, "b", value, "c", value);
                }
            });

            for (int i = 0; i < 5000; i++)
            {
                string[] lines = reader.Call("MGET", "a", "b", "c").Split("\r\n");
                Assert.Equal(lines[2], lines[4]);
                Assert.Equal(lines[2], lines[6]);
            }

            Volatile.Write(ref stop, true);
            Assert.True(writing.Wait(Patience.Milliseconds));
        });

    [Fact]
    public void Common_commands_allocate_nothing_on_any_thread()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                string batch = string.Empty;
                int replies = 0;
                for (int i = 0; i < 100; i++)
                {
                    batch += "*3\r\n$3\r\nSET\r\n$4\r\nk" + (i % 10)
                        + "00\r\n$2\r\n12\r\n*2\r\n$3\r\nGET\r\n$4\r\nk000\r\n*2\r\n$4\r\nINCR\r\n$7\r\ncounter\r\n"
                        + "*3\r\n$6\r\nEXPIRE\r\n$4\r\nk100\r\n$3\r\n100\r\n*3\r\n$4\r\nMGET\r\n$4\r\nk000\r\n$4\r\nk100\r\n";
                    replies += 5;
                }

                void Round()
                {
                    client.SendRaw(batch);
                    for (int i = 0; i < replies; i++)
                    {
                        _ = client.Reply();
                    }
                }

                for (int i = 0; i < 20; i++)
                {
                    Round();
                }

                ManagedAllocation.AssertNone(
                    node,
                    () =>
                    {
                        for (int i = 0; i < 40; i++)
                        {
                            Round();
                        }
                    });
            },
            "--idle-timeout", "1h");

    private static string Text(int length)
    {
        char[] letters = new char[length];
        Random random = new(length);
        for (int i = 0; i < length; i++)
        {
            letters[i] = (char)random.Next(256);
        }

        return new string(letters);
    }
}
