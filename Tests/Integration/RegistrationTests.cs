using System;
using System.Linq;
using System.Text;
using System.Text.Json;

using Epollsrv.Protocol.Cs;
using Epollsrv.Ring;
using Epollsrv.Tests.Integration.Http;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Registrations have a namespace of their own: nothing that users do with
/// keys ends sharing, and only those who ask for registrations see them.</summary>
public sealed class RegistrationTests
{
    private const string Holder = "10.1.2.3 50003\n";

    public static TheoryData<string> PublishedPlaces => NodeUnderTest.PublishedPlaces;

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void No_command_of_RESP_or_HTTP_touches_a_registration_or_sees_it(string place) => NodeUnderTest.Run(place, node =>
    {
        using Client cs = node.Connect();
        using RespClient resp = new(node);
        using HttpConnection http = new(node);
        Register(cs, "file", Holder);
        Assert.Equal("$-1", resp.Call("GET", "file"));
        Assert.Equal(":0", resp.Call("DBSIZE"));
        Assert.Equal(404, http.Get("/kv/file").Status);
        foreach (string[] command in (
            string[][])[["SET", "file", "mine"], ["APPEND", "file", "!"], ["EXPIRE", "file", "100"], ["RENAME", "file", "other"],
            ["SET", "file", "again"], ["DEL", "file"], ["FLUSHALL"]])
        {
            _ = resp.Call(command);
            Assert.Equal(Holder, cs.Get("file"));
        }

        Assert.Equal(201, http.Put("/kv/file", [1]).Status);
        Assert.Equal(204, http.Get("/kv/file", method: "DELETE").Status);
        Assert.Equal(Holder, cs.Get("file"));
        JsonElement registration =
            Assert.Single(JsonDocument.Parse(http.Get("/status.json").Body).RootElement.GetProperty("registrations").EnumerateArray());
        Assert.Equal("file", registration.GetProperty("name").GetString());
        Assert.Equal("10.1.2.3 50003", Assert.Single(registration.GetProperty("holders").EnumerateArray()).GetString());
        Assert.Contains("epollsrv_registrations 1\n", Encoding.UTF8.GetString(http.Get("/metrics").Body), StringComparison.Ordinal);
    });

    [Fact]
    public void Eviction_takes_what_CS_stored_like_any_key_and_no_registration()
        => NodeUnderTest.RunPublished(
            node =>
            {
                using Client cs = node.Connect();
                using RespClient resp = new(node);
                for (int i = 0; i < 500; i++)
                {
                    Register(cs, "file" + i, Holder);
                    cs.Put("value" + i, new string('v', 200));
                }

                for (int i = 0; i < 20_000; i++)
                {
                    Assert.Equal("+OK", resp.Call("SET", "key" + i, new string('x', 500)));
                }

                Assert.All(Enumerable.Range(0, 500), i => Assert.Equal(Holder, cs.Get("file" + i)));
                Assert.Contains(Enumerable.Range(0, 500), i => cs.Get("value" + i) is null);
            },
            "--max-memory", "4mb", "--eviction", "allkeys-lru");

    [Fact]
    public void A_value_that_is_no_list_of_holders_is_a_key_like_any_other() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using Client cs = node.Connect();
        using RespClient resp = new(node);
        cs.Put("key", "hello");
        Assert.Equal("hello", resp.Value("GET", "key"));
        Assert.Equal(CsFrame.Ok, cs.Exchange(Frames.Request(CsFrame.Put, "key"u8, "10.0.0.1"u8))[CsFrame.StatusOffset]);
        Assert.Equal("hello 10.0.0.1", cs.Get("key"));

        // CS reads a registration first, and a whole DEL takes both.
        Register(cs, "key", Holder);
        Assert.Equal(Holder, cs.Get("key"));
        cs.Put("key", "other");
        Assert.Equal(Holder, cs.Get("key"));
        Assert.Equal(CsFrame.Ok, cs.Exchange(Frames.Request(CsFrame.Delete, "key"u8, "10.1.2.3 50003"u8))[CsFrame.StatusOffset]);
        Assert.Equal("other", cs.Get("key"));
        Register(cs, "key", Holder);
        Assert.Equal(CsFrame.Ok, cs.Exchange(Frames.Delete("key"))[CsFrame.StatusOffset]);
        Assert.Null(cs.Get("key"));
        Assert.Equal(CsFrame.Error, cs.Exchange(Frames.Delete("key"))[CsFrame.StatusOffset]);
        cs.Put("key", "value");
        Assert.Equal("+OK", resp.Call("FLUSHALL"));
        Assert.Null(cs.Get("key"));
    });

    [Fact]
    public void A_full_table_answers_with_an_error_and_goes_on_serving()
        => NodeUnderTest.Run(
            "adaptive edge",
            node =>
            {
                using Client cs = node.Connect();
                int i = 0;
                while (cs.Exchange(Frames.Request(
                    CsFrame.Put, Encoding.ASCII.GetBytes("file" + i), "10.1.2.3 50003"u8))[CsFrame.StatusOffset] == CsFrame.Ok)
                {
                    i++;
                }

                Assert.InRange(i, 5_000, 20_000);

                // Who registers is told which limit that is.
                using RingClient client = new([new PeerAddress(1, "127.0.0.1", node.Port, 0)], 60_000_000_000, null);
                RingOperation operation = new();
                Assert.Equal(RingResult.Refused,
                    client.Run(operation.Set(RingVerb.Register, Encoding.ASCII.GetBytes("file" + i), Encoding.ASCII.GetBytes(Holder))));
                Assert.Contains("--max-registrations", operation.Failure, StringComparison.Ordinal);

                Register(cs, "file0", Holder);
                Assert.Equal("10.1.2.3 50003", cs.Get("file1"));
                cs.Put("key", "value");
                Assert.Equal(CsFrame.Ok, cs.Exchange(Frames.Delete("file1"))[CsFrame.StatusOffset]);
                Register(cs, "file2x", Holder);
            },
            "--max-registrations", "1mb");

    [Theory]
    [MemberData(nameof(PublishedPlaces))]
    public void A_C_client_that_fails_over_is_told_so_and_its_connection_goes_on(string place) => NodeUnderTest.Run(place, node =>
    {
        byte[] zeros = new byte[CsFrame.Size];
        Array.Fill(zeros, (byte)'0');
        byte[] expected = Frames.Request(CsFrame.Get, default);
        expected[CsFrame.StatusOffset] = CsFrame.Error;

        // As the first thing of a connection, in pieces; then in the middle of one.
        using Client fresh = node.Connect();
        fresh.Send(zeros.AsSpan(0, 1));
        fresh.Send(zeros.AsSpan(1, 700));
        fresh.Send(zeros.AsSpan(701));
        Assert.Equal(expected, fresh.Receive(CsFrame.Size));
        Register(fresh, "file", Holder);
        Assert.Equal(expected, fresh.Exchange(zeros));
        Assert.Equal(Holder, fresh.Get("file"));
        Assert.Equal([.. expected, .. expected], fresh.Exchange(zeros).Concat(fresh.Exchange(zeros)).ToArray());

        // A line of digits is still RESP's.
        using RespClient resp = new(node);
        resp.SendRaw("000\r\n");
        Assert.StartsWith("-ERR unknown command", resp.Reply(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_C_client_that_fails_over_is_told_so_by_a_node_with_a_password() => NodeUnderTest.Run(
        "adaptive edge",
        node =>
        {
            byte[] zeros = new byte[CsFrame.Size];
            Array.Fill(zeros, (byte)'0');
            using Client client = node.Connect();
            Assert.Equal(CsFrame.Error, client.Exchange(zeros)[CsFrame.StatusOffset]);
            Assert.True(CsFrame.IsNoPassword(client.Exchange(Frames.Get("file"))));
        },
        "--password", "secret");

    private static void Register(Client client, string name, string holder)
        => Assert.Equal(CsFrame.Ok,
            client.Exchange(Frames.Request(
            CsFrame.Put, Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(holder)))[CsFrame.StatusOffset]);
}
