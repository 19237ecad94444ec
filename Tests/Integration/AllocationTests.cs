using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

using Epollsrv.Engine;
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
            node =>
            {
                // What happens once per thread (the runtime's own caches, code that is compiled later) comes first.
                Load(node, Requests / 10);
                long[] before = Allocated(node);
                Load(node, Requests);
                long[] after = Allocated(node);
                Assert.Equal(before, after);
                Assert.True(before[0] > 0, "the loop has not looked");
                Assert.True(node.Count(counters => counters.Jobs) > 0);
            },
            "--share", folder.Path, "--idle-timeout", "1h");
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
                byte[] batch = Frames.Join(Frames.Put(key, "value"), Frames.Get(key), Frames.Get("absent"), Frames.Delete(key), Frames.Request(9, default));
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

    // The loop looks each quarter of a second while an idle time-out is set, a worker whenever it parks.
    private static long[] Allocated(NodeUnderTest node)
    {
        NodeUnderTest.Until(() => node.Server.Connections.Open == 0, "all closed");
        Thread.Sleep(1000);
        List<long> bytes = [];
        foreach (Turn turn in node.Server.Turns())
        {
            (long managed, long parks) = Read(turn);
            Assert.True(turn.OnEventLoop || parks > 0, "a worker has not looked");
            bytes.Add(managed);
        }

        return [.. bytes];
    }

    private static unsafe (long Managed, long Parks) Read(Turn turn) => (turn.Counters->ManagedBytes, turn.Counters->Parks);
}
