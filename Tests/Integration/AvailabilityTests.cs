using System.Text;

using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;
using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>
/// What HTTP and CS answer while a node's data are loaded, and while writes are refused because the log cannot be written.
/// </summary>
public sealed class AvailabilityTests
{
    private const string Misconf = "MISCONF Errors writing to the AOF file: No space left on device";
    private const string Cause = "writes are refused: Errors writing to the AOF file: No space left on device\n";

    [Fact]
    public void HTTP_answers_503_for_every_key_while_loading() => NodeUnderTest.RunEverywhere(node =>
    {
        FakePersistence data = new(node);
        using HttpConnection http = new(node);
        Assert.Equal(201, http.Put("/kv/a", "1"u8.ToArray()).Status);
        data.Loads = true;
        foreach (string method in (string[])["GET", "HEAD", "DELETE"])
        {
            Check(http.Get("/kv/a", method: method), method == "HEAD" ? string.Empty : "the node is loading its keys from the disk\n");
        }

        Check(http.Put("/kv/a", "2"u8.ToArray()), "the node is loading its keys from the disk\n");
        Assert.Equal(204, http.Get("/kv/a", method: "OPTIONS").Status);
        Assert.Equal("loading\n", http.Get("/readyz").Text);
        Assert.Equal(503, http.Get("/readyz").Status);
        Assert.Equal(200, http.Get("/healthz").Status);
        Assert.Equal(200, http.Get("/status.json").Status);
        Assert.Equal(200, http.Get("/metrics").Status);

        // The body of a write that waits for its permission is not asked for.
        HttpReply reply = http.Exchange("PUT /kv/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        Check(reply, "the node is loading its keys from the disk\n");
        Assert.True(http.IsClosed());

        data.Loads = false;
        using HttpConnection later = new(node);
        Assert.Equal("ready\n", later.Get("/readyz").Text);
        Assert.Equal("1", later.Get("/kv/a").Text);
    });

    [Fact]
    public void HTTP_answers_503_for_writes_while_they_are_refused_and_reads_go_on() => NodeUnderTest.RunEverywhere(node =>
    {
        FakePersistence data = new(node);
        using HttpConnection http = new(node);
        Assert.Equal(201, http.Put("/kv/a", "1"u8.ToArray()).Status);
        data.Refusal = Misconf;
        Check(http.Put("/kv/a", "2"u8.ToArray()), Cause);
        Check(http.Get("/kv/a", method: "DELETE"), Cause);
        Assert.Equal("1", http.Get("/kv/a").Text);
        Assert.Equal(404, http.Get("/kv/b").Status);
        HttpReply ready = http.Get("/readyz");
        Assert.Equal(503, ready.Status);
        Assert.Equal(Cause, ready.Text);
        Assert.Equal(200, http.Get("/healthz").Status);
        data.Refusal = null;
        Assert.Equal(200, http.Get("/readyz").Status);
        Assert.Equal(204, http.Put("/kv/a", "2"u8.ToArray()).Status);
    });

    [Fact]
    public void CS_ends_the_connection_of_whoever_asks_for_a_key_while_loading() => NodeUnderTest.RunEverywhere(node =>
    {
        FakePersistence data = new(node);
        using Client before = node.Connect();
        before.Put("a", "1");
        data.Loads = true;
        foreach (byte[] frame in (byte[][])[Frames.Get("a"), Frames.Put("a", "2"), Frames.Delete("a")])
        {
            using Client client = node.Connect();

            // What was asked before is answered.
            client.Send(Frames.Join(Frames.Put("file", "10.0.0.1 80"), frame, Frames.Get("file")));
            byte[] reply = client.ReceiveToEnd();
            Assert.Equal(CsFrame.Size, reply.Length);
            Assert.Equal(CsFrame.Ok, reply[CsFrame.StatusOffset]);
        }

        // Registrations are no keys, and that the node lives can be asked.
        Assert.Equal("10.0.0.1 80", before.Get("file"));
        Assert.Equal(CsFrame.Ok, before.Exchange(Frames.Request(CsFrame.Delete, "file"u8, "10.0.0.1 80"u8))[CsFrame.StatusOffset]);
        Assert.Equal(CsFrame.Ok, before.Exchange(Frames.Request(CsFrame.Get, CsFrame.IdentityKey))[CsFrame.StatusOffset]);
        data.Loads = false;
        Assert.Equal("1", before.Get("a"));
    });

    [Fact]
    public void CS_refuses_a_PUT_and_ends_the_connection_of_a_DELETE_while_writes_are_refused() => NodeUnderTest.RunEverywhere(node =>
    {
        FakePersistence data = new(node);
        using Client client = node.Connect();
        client.Put("a", "1");
        data.Refusal = Misconf;
        Assert.Equal(CsFrame.Error, client.Exchange(Frames.Put("a", "2"))[CsFrame.StatusOffset]);
        Assert.Equal("1", client.Get("a"));
        client.Send(Frames.Delete("a"));
        Assert.Empty(client.ReceiveToEnd());
        data.Refusal = null;
        using Client later = node.Connect();
        Assert.Equal("1", later.Get("a"));
        Assert.Equal(CsFrame.Ok, later.Exchange(Frames.Delete("a"))[CsFrame.StatusOffset]);
    });

    [Fact]
    public void A_ring_reads_from_the_replica_while_the_owner_loads_and_puts_nothing_back_on_it()
    {
        using NodeUnderTest first = NodeUnderTest.Start("adaptive edge");
        using NodeUnderTest second = NodeUnderTest.Start("adaptive edge");
        PeerAddress[] nodes = [Peer(first, 1), Peer(second, 2)];
        byte[] key = "key"u8.ToArray();
        NodeUnderTest owner = new RingMap(2).Owner(key) == 0 ? first : second;
        NodeUnderTest replica = owner == first ? second : first;
        using (Client client = replica.Connect())
        {
            client.Put("key", "value");
        }

        FakePersistence data = new(owner) { Loads = true };
        using (RingClient ring = new(nodes, RingClient.DefaultTimeout, null))
        {
            RingOperation operation = new RingOperation().Set(RingVerb.Get, key);
            Assert.Equal(RingResult.Done, ring.Run(operation));
            Assert.Equal("value", Encoding.UTF8.GetString(operation.Value));
        }

        data.Loads = false;
        using Client after = owner.Connect();
        Assert.Null(after.Get("key"));
    }

    private static PeerAddress Peer(NodeUnderTest node, int number) => new(number, "127.0.0.1", node.Port, number);

    private static void Check(HttpReply reply, string text)
    {
        Assert.Equal(503, reply.Status);
        Assert.Equal("1", reply["Retry-After"]);
        Assert.Equal(text, reply.Text);
    }
}
