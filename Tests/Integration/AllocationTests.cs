using System;
using System.Threading.Tasks;

using Epollsrv.Tests.Unit;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>No request allocates managed memory, on the loop or on any worker.</summary>
[Collection(LoadCollection.Name)]
public sealed class AllocationTests
{
    private const int Requests = 100_000;

    [Fact]
    public void A_hundred_thousand_requests_allocate_nothing_on_any_thread()
    {
        using TemporaryFolder folder = new();
        FileTests.Write(folder["small"], 1000);
        FileTests.Write(folder["large"], 100_000);
        NodeUnderTest.RunEverywhere(
            node => AllocatesNothing(node, requests => Load(node, requests)), "--share", folder.Path, "--idle-timeout", "1h");
    }

    [Fact]
    public void What_is_kept_for_connections_is_not_managed()
        => NodeUnderTest.RunEverywhere(node => AllocatesNothing(node, requests => Keep(node, requests / 100)), "--idle-timeout", "1h");

    private static void AllocatesNothing(NodeUnderTest node, Action<int> load)
    {
        // What happens once per thread (the runtime's own caches, code that is compiled later) comes first.
        load(Requests / 10);

        ManagedAllocation.AssertNone(node, () => load(Requests));
        Assert.True(node.Count(counters => counters.Jobs) > 0);
    }

    // Subscriptions, names, watches and transactions come and go.
    private static void Keep(NodeUnderTest node, int rounds)
    {
        using RespClient publisher = new(node);
        for (int round = 0; round < rounds; round++)
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("CLIENT", "SETNAME", "name"));
            Assert.Equal("+OK", client.Call("CLIENT", "SETINFO", "LIB-NAME", "library"));
            Assert.Equal("+OK", client.Call("WATCH", "key", "other"));
            Assert.Equal("+OK", client.Call("MULTI"));
            Assert.Equal("+QUEUED", client.Call("SET", "key", "value"));
            Assert.Equal("+QUEUED", client.Call("PUBLISH", "nobody", "text"));
            Assert.Equal("*2\r\n+OK\r\n:0\r\n", client.Call("EXEC"));
            Assert.StartsWith("*3", client.Call("SUBSCRIBE", "channel"), StringComparison.Ordinal);
            Assert.StartsWith("*3", client.Call("PSUBSCRIBE", "c*"), StringComparison.Ordinal);
            Assert.StartsWith("*3", client.Call("SSUBSCRIBE", "shard"), StringComparison.Ordinal);
            Assert.Equal(":2", publisher.Call("PUBLISH", "channel", "text"));
            Assert.Equal(":1", publisher.Call("SPUBLISH", "shard", "text"));
            for (int i = 0; i < 3; i++)
            {
                Assert.EndsWith("text\r\n", client.Reply(), StringComparison.Ordinal);
            }

            if (round % 2 == 0)
            {
                Assert.StartsWith("*3", client.Call("UNSUBSCRIBE"), StringComparison.Ordinal);
            }

            client.Dispose();
            NodeUnderTest.Until(() => publisher.Call("PUBSUB", "NUMPAT") == ":0", "its subscriptions have ended");
            Assert.Equal("*0", publisher.Call("PUBSUB", "CHANNELS"));
        }
    }

    // Every kind of request, single and pipelined, halves and files, from several connections; some connections come and go.
    private static void Load(NodeUnderTest node, int requests)
    {
        const int Clients = 4;
        Task[] clients = new Task[Clients];
        for (int i = 0; i < Clients; i++)
        {
            int number = i;
            clients[i] = NodeUnderTest.Aside(() =>
            {
                string key = "key" + number;
                byte[] batch = Frames.Join(
                    Frames.Put(key, "value"), Frames.Get(key), Frames.Get("absent"), Frames.Delete(key), Frames.Request(9, default));
                byte[] files = Frames.Join(Frames.PeerRequest("small"), Frames.PeerRequest("large"), Frames.PeerRequest("missing"));
                byte[] many = new byte[batch.Length * 10];
                for (int part = 0; part < 10; part++)
                {
                    batch.CopyTo(many, part * batch.Length);
                }

                Client client = node.Connect();
                for (int done = 0; done < requests / Clients;)
                {
                    client.Send(batch.AsSpan(0, 700));
                    client.Send(batch.AsSpan(700));
                    _ = client.Receive(batch.Length);
                    client.Send(many);
                    _ = client.Receive(many.Length);
                    done += 55;
                    if (done % 2200 == 0)
                    {
                        client.Send(files);
                        _ = client.Receive(1003 + 100_003 + 4);
                        client.Dispose();
                        client = node.Connect();
                    }
                }

                client.Dispose();
            });
        }

        Task.WaitAll(clients);
    }
}
