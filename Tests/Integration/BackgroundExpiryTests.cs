using System;
using System.Globalization;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Expired keys go although nobody asks for them, within bounds, and a node without any sleeps.</summary>
[Collection(LoadCollection.Name)]
public sealed class BackgroundExpiryTests
{
    private const string Place = "adaptive edge";

    [Theory]
    [InlineData("SET", "k", "v", "PX", "300")]
    [InlineData("PSETEX", "k", "300", "v")]
    [InlineData("PEXPIRE", "there", "300")]
    [InlineData("GETEX", "there", "PX", "300")]
    public void Whatever_sets_a_time_wakes_the_background_expiry(params string[] request)
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            _ = client.Call("SET", "there", "v");
            string before = client.Call("DBSIZE");
            Assert.Equal(":1", before);
            Thread.Sleep(300);
            _ = client.Call(request);

            // DBSIZE counts expired keys that nobody met.
            int keys = request[1] == "k" ? 1 : 0;
            NodeUnderTest.Until(() => client.Call("DBSIZE") == ":" + keys.ToString(CultureInfo.InvariantCulture), "the key is removed");
        });

    [Fact]
    public void Memory_of_expired_keys_comes_back_with_nobody_asking_within_a_tenth_of_a_processor()
        => NodeUnderTest.Run(Place, node =>
        {
            const int Keys = 50_000;
            long begin = Environment.TickCount64;
            using RespClient client = new(node);
            string value = new('x', 400);
            for (int i = 0; i < Keys; i += 1000)
            {
                System.Text.StringBuilder batch = new();
                for (int k = i; k < i + 1000; k++)
                {
                    _ = batch.Append("SET key").Append(k).Append(' ').Append(value).Append(" PX 1500\r\n");
                }

                client.SendRaw(batch.ToString());
                for (int k = 0; k < 1000; k++)
                {
                    Assert.Equal("+OK", client.Reply());
                }
            }

            InProcessNode inProcess = (InProcessNode)node;
            NodeUnderTest.Until(() => inProcess.Node.Store.Counters.Keys == 0, "all keys are gone");
            long milliseconds = Environment.TickCount64 - begin;
            Assert.InRange(inProcess.Node.Store.UsedMemory, 0, 2 << 20);
            Assert.Equal(Keys, inProcess.Node.Store.Counters.Expired);
            double share = inProcess.Node.Resp.Statistics.ExpiryNanoseconds / 1e6 / milliseconds;
            Assert.True(share < 0.2, $"{share:P1} of a processor");
        });

    [Fact]
    public void A_node_without_expiring_keys_does_not_wake_up()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            _ = client.Call("SET", "k", "v");
            _ = client.Call("SET", "e", "v", "PX", "200");
            _ = client.Call("INFO");
            NodeUnderTest.Until(() => ((InProcessNode)node).Node.Store.Counters.ExpiringKeys == 0, "the key is gone");
            NodeUnderTest.Until(
                () =>
                {
                    long waits = node.Count(counters => counters.Waits + counters.Parks);
                    Thread.Sleep(2000);
                    return waits == node.Count(counters => counters.Waits + counters.Parks);
                },
                "two seconds of sleep");
        });

    [Fact]
    public void With_only_distant_times_the_node_looks_once_a_second()
        => NodeUnderTest.Run(Place, node =>
        {
            using RespClient client = new(node);
            _ = client.Call("SET", "e", "v", "EX", "1000");
            Thread.Sleep(2500);
            long waits = node.Count(counters => counters.Waits);
            long begin = Environment.TickCount64;
            Thread.Sleep(3000);
            NodeUnderTest.Until(() => node.Count(counters => counters.Waits) > waits, "it looks");
            long looks = node.Count(counters => counters.Waits) - waits;
            Assert.InRange(looks, 1, 4 * (Environment.TickCount64 - begin) / 1000);
        });

    [Fact]
    public void It_can_be_turned_off_for_tests_and_on_again()
        => NodeUnderTest.Run(
            Place,
            node =>
            {
                using RespClient client = new(node);
                Assert.Equal("+OK", client.Call("DEBUG", "SET-ACTIVE-EXPIRE", "0"));
                _ = client.Call("SET", "k", "v", "PX", "1");
                Thread.Sleep(1000);
                Assert.Equal(":1", client.Call("DBSIZE"));
                Assert.Equal("+OK", client.Call("DEBUG", "SET-ACTIVE-EXPIRE", "1"));
                NodeUnderTest.Until(() => client.Call("DBSIZE") == ":0", "the key is removed");
            },
            "--enable-debug-command", "yes");
}
