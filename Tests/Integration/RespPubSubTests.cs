using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Publishing and subscribing; every text was compared with redis-server 7.0.15.</summary>
public sealed class RespPubSubTests
{
    private const string OnlySome = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";

    public static TheoryData<string> Places => NodeUnderTest.Places;

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(Places))]
    [MemberData(nameof(PublishedPlaces))]
    public void A_message_reaches_channels_patterns_and_shard_channels(string place) => NodeUnderTest.Run(place, node =>
    {
        using RespClient second = new(node);
        using RespClient third = new(node);
        using RespClient publisher = new(node);
        Assert.Equal("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", second.Call("SUBSCRIBE", "news"));
        Assert.Equal("*3\r\n$10\r\npsubscribe\r\n$2\r\nn*\r\n:2\r\n", second.Call("PSUBSCRIBE", "n*"));
        Assert.Equal("*3\r\n$10\r\nssubscribe\r\n$4\r\nnews\r\n:1\r\n", second.Call("SSUBSCRIBE", "news"));
        _ = third.Call("HELLO", "3");
        Assert.Equal(">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n", third.Call("SUBSCRIBE", "news"));
        Assert.Equal(":3", publisher.Call("PUBLISH", "news", "hello"));
        Assert.Equal("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n", second.Reply());
        Assert.Equal("*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n", second.Reply());
        Assert.Equal(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n", third.Reply());
        Assert.Equal(":1", publisher.Call("SPUBLISH", "news", "shard"));
        Assert.Equal("*3\r\n$8\r\nsmessage\r\n$4\r\nnews\r\n$5\r\nshard\r\n", second.Reply());
        Assert.Equal(":0", publisher.Call("PUBLISH", "other", "x"));

        // A long one is not copied for each.
        string text = new('z', 300_000);
        Assert.Equal(":3", publisher.Call("PUBLISH", "news", text));
        Assert.Equal("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$300000\r\n" + text + "\r\n", second.Reply());
        _ = second.Reply();
        Assert.Equal(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$300000\r\n" + text + "\r\n", third.Reply());
    });

    [Fact]
    public void A_RESP2_connection_with_subscriptions_may_do_little_else() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient client = new(node);
        client.SendRaw("subscribe a\r\nget x\r\nmulti\r\npublish a b\r\nping\r\nping hi\r\nunsubscribe a\r\nget x\r\n");
        RespTransactionTests.Expect(
            client,
            [
                "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "-ERR Can't execute 'get': " + OnlySome, "-ERR Can't execute 'multi': "
                    + OnlySome,
                "-ERR Can't execute 'publish': " + OnlySome, "*2\r\n$4\r\npong\r\n$0\r\n\r\n", "*2\r\n$4\r\npong\r\n$2\r\nhi\r\n",
                "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n", "$-1",
            ]);
        client.SendRaw("unsubscribe\r\npunsubscribe\r\nsunsubscribe\r\nunsubscribe x y\r\n");
        RespTransactionTests.Expect(
            client,
            [
                "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n", "*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n",
                    "*3\r\n$12\r\nsunsubscribe\r\n$-1\r\n:0\r\n",
                "*3\r\n$11\r\nunsubscribe\r\n$1\r\nx\r\n:0\r\n", "*3\r\n$11\r\nunsubscribe\r\n$1\r\ny\r\n:0\r\n",
            ]);
        client.SendRaw("subscribe a b\r\npsubscribe c\r\nunsubscribe\r\nreset\r\nget x\r\n");
        string[] all = new string[7];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = client.Reply();
        }

        Assert.Equal("*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n", all[4]);
        Assert.Equal(["+RESET", "$-1"], all[5..]);
        Assert.Equal("*0", client.Call("PUBSUB", "CHANNELS"));
        Assert.Equal(":0", client.Call("PUBSUB", "NUMPAT"));
    });

    [Fact]
    public void PUBSUB_tells_what_is_subscribed_to() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using RespClient one = new(node);
        using RespClient two = new(node);
        using RespClient client = new(node);
        _ = one.Call("SUBSCRIBE", "a1");
        _ = two.Call("SUBSCRIBE", "a1");
        _ = two.Call("SUBSCRIBE", "b1");
        _ = one.Call("PSUBSCRIBE", "*");
        _ = two.Call("PSUBSCRIBE", "*");
        _ = two.Call("SSUBSCRIBE", "s");
        Assert.Equal("*1\r\n$2\r\na1\r\n", client.Call("PUBSUB", "CHANNELS", "a*"));
        Assert.StartsWith("*2\r\n", client.Call("PUBSUB", "CHANNELS"), StringComparison.Ordinal);
        Assert.Equal("*6\r\n$2\r\na1\r\n:2\r\n$1\r\nx\r\n:0\r\n$2\r\nb1\r\n:1\r\n", client.Call("PUBSUB", "NUMSUB", "a1", "x", "b1"));
        Assert.Equal("*0", client.Call("PUBSUB", "NUMSUB"));
        Assert.Equal(":1", client.Call("PUBSUB", "NUMPAT"));
        Assert.Equal("*1\r\n$1\r\ns\r\n", client.Call("PUBSUB", "SHARDCHANNELS"));
        Assert.Equal("*2\r\n$1\r\ns\r\n:1\r\n", client.Call("PUBSUB", "SHARDNUMSUB", "s"));
        Assert.Equal("-ERR unknown subcommand 'foo'. Try PUBSUB HELP.", client.Call("PUBSUB", "foo"));
        Assert.Equal("-ERR unknown subcommand or wrong number of arguments for 'channels'. Try PUBSUB HELP.",
            client.Call("PUBSUB", "channels", "a", "b"));
        Assert.StartsWith("*14\r\n", client.Call("PUBSUB", "HELP"), StringComparison.Ordinal);
        one.Dispose();
        two.Dispose();
        NodeUnderTest.Until(() => client.Call("PUBSUB", "NUMPAT") == ":0" && client.Call("PUBSUB", "CHANNELS") == "*0",
            "subscriptions end with their connections");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Messages_of_a_publisher_arrive_in_order_at_every_subscriber(string place)
        => NodeUnderTest.Run(place, node => RespPubSubLoad.InOrder(node, subscribers: 50, publishers: 2, messages: 100));

    [Theory]
    [MemberData(nameof(Places))]
    public void Subscribers_that_come_go_and_are_killed_disturb_nobody(string place)
        => NodeUnderTest.Run(place, node => RespPubSubLoad.Turmoil(node, milliseconds: 500));

    [Fact]
    public void Random_subscriptions_agree_with_a_model() => NodeUnderTest.Run("adaptive edge", node =>
    {
        const int Seed = 4711;
        Random random = new(Seed);
        RespClient[] clients = [new(node), new(node), new(node)];
        HashSet<string>[] model = [[], [], []];
        using RespClient asker = new(node);
        for (int step = 0; step < 600; step++)
        {
            int who = random.Next(clients.Length);
            string name = "c" + random.Next(40).ToString(CultureInfo.InvariantCulture);
            bool add = random.Next(5) < 3;
            string reply = clients[who].Call(add ? "SUBSCRIBE" : "UNSUBSCRIBE", name);
            _ = add ? model[who].Add(name) : model[who].Remove(name);
            Assert.EndsWith("\r\n:" + model[who].Count.ToString(CultureInfo.InvariantCulture) + "\r\n", reply, StringComparison.Ordinal);
            int expected = 0;
            foreach (HashSet<string> set in model)
            {
                expected += set.Contains(name) ? 1 : 0;
            }

            Assert.Equal(":" + expected.ToString(CultureInfo.InvariantCulture), asker.Call("PUBLISH", name, "m"));
            for (int i = 0; i < clients.Length; i++)
            {
                if (model[i].Contains(name))
                {
                    Assert.EndsWith("\r\n" + name + "\r\n$1\r\nm\r\n", clients[i].Reply(), StringComparison.Ordinal);
                }
            }
        }

        foreach (RespClient client in clients)
        {
            client.Dispose();
        }
    });

    [Fact]
    public void A_subscriber_that_reads_nothing_is_closed_and_others_are_not() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            using RespClient slow = new(node);
            using RespClient good = new(node);
            using RespClient publisher = new(node);
            _ = slow.Call("SUBSCRIBE", "c");
            _ = good.Call("SUBSCRIBE", "c");
            string text = new('x', 50_000);
            int sent = 0;
            while (publisher.Call("PUBLISH", "c", text) == ":2")
            {
                _ = good.Reply();
                Assert.True(++sent < 5000, "the slow one was not closed");
            }

            _ = good.Reply();
            Assert.Equal(":1", publisher.Call("PUBLISH", "c", "last"));
            Assert.EndsWith("last\r\n", good.Reply(), StringComparison.Ordinal);
            node.AwaitLog("--max-subscriber-output");
            NodeUnderTest.Until(() => node.Server.Buffers.InUse < 200_000, "its memory comes back");
        },
        "--max-subscriber-output", "1mb");

    [Theory]
    [MemberData(nameof(Places))]
    public void A_message_comes_between_the_replies_of_a_long_pipeline(string place)
        => Patience.WithMoreTime(200, count => IsShownBetweenReplies(place, count));

    // Not when the publisher was so slow that the pipeline ended before.
    private static bool IsShownBetweenReplies(string place, int count)
    {
        bool isShown = false;
        NodeUnderTest.Run(place, node => isShown = ComesBetweenReplies(node, count));
        return isShown;
    }

    private static bool ComesBetweenReplies(NodeUnderTest node, int count)
    {
        using RespClient client = new(node);
        using RespClient publisher = new(node);
        Assert.Equal("+OK", client.Call("SET", "a", new string('x', 1000)));
        Assert.Equal("+OK", client.Call("SET", "b", new string('y', 1000)));
        _ = client.Call("HELLO", "3");
        _ = client.Call("SUBSCRIBE", "c");
        string pipeline = string.Concat(System.Linq.Enumerable.Repeat("LCS a b LEN\r\n", count));
        client.SendRaw(pipeline);
        Assert.Equal(":0", client.Reply());
        Assert.Equal(":1", publisher.Call("PUBLISH", "c", "between"));
        int replies = 1;
        for (string reply = client.Reply(); reply == ":0"; reply = client.Reply())
        {
            replies++;
        }

        if (replies == count)
        {
            return false;
        }

        for (; replies < count; replies++)
        {
            Assert.Equal(":0", client.Reply());
        }

        return true;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void A_message_never_follows_the_confirmation_of_UNSUBSCRIBE(string place) => NodeUnderTest.Run(place, node =>
    {
        bool stop = false;
        Task publishing = NodeUnderTest.Aside(() =>
        {
            using RespClient publisher = new(node);
            while (!Volatile.Read(ref stop))
            {
                _ = publisher.Call("PUBLISH", "c", "m");
            }
        });
        using RespClient client = new(node);
        for (int i = 0; i < 100; i++)
        {
            client.Send("SUBSCRIBE", "c");
            client.Send("UNSUBSCRIBE", "c");
            client.Send("ECHO", "echo");
            while (!client.Reply().Contains("unsubscribe", StringComparison.Ordinal))
            {
            }

            Assert.Equal("$4\r\necho\r\n", client.Reply());
        }

        Volatile.Write(ref stop, true);
        publishing.Wait();
    });

    [Fact]
    public void PUBLISH_to_one_subscriber_allocates_nothing() => NodeUnderTest.RunEverywhere(
        node =>
        {
            using RespClient subscriber = new(node);
            using RespClient publisher = new(node);
            _ = subscriber.Call("SUBSCRIBE", "channel");
            string batch = string.Concat(System.Linq.Enumerable.Repeat("*3\r\n$7\r\nPUBLISH\r\n$7\r\nchannel\r\n$5\r\nhello\r\n", 100));
            byte[] received = new byte[65536];

            void Round()
            {
                publisher.SendRaw(batch);
                int replies = 100 * 4;
                int messages = 100 * "*3\r\n$7\r\nmessage\r\n$7\r\nchannel\r\n$5\r\nhello\r\n".Length;
                _ = publisher.Client.Receive(replies);
                while (messages > 0)
                {
                    messages -= subscriber.Client.Socket.Receive(received, Math.Min(messages, received.Length), SocketFlags.None);
                }
            }

            for (int i = 0; i < 50; i++)
            {
                Round();
            }

            ManagedAllocation.AssertNone(
                node,
                () =>
                {
                    for (int i = 0; i < 100; i++)
                    {
                        Round();
                    }
                });
        },
        "--idle-timeout", "1h");
}
