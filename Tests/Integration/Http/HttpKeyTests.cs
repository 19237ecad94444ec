using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading;

using Xunit;

namespace Epollsrv.Tests.Integration.Http;

/// <summary>/kv/KEY: reading and writing, conditions, times to live, large values, the same store as CS and RESP.</summary>
public sealed class HttpKeyTests
{
    [Fact]
    public void A_value_is_put_got_replaced_and_deleted() => NodeUnderTest.RunEverywhere(node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(404, http.Get("/kv/key").Status);
        Assert.Equal(404, http.Get("/kv/key", method: "DELETE").Status);
        HttpReply created = http.Put("/kv/key", "value"u8.ToArray());
        Assert.Equal(201, created.Status);
        HttpReply got = http.Get("/kv/key");
        Assert.Equal(200, got.Status);
        Assert.Equal("value", got.Text);
        Assert.Equal("application/octet-stream", got["Content-Type"]);
        Assert.Matches("^\"[0-9a-f]{16}\"$", got["ETag"]);
        Assert.Equal(created["ETag"], got["ETag"]);
        HttpReply replaced = http.Put("/kv/key", "other"u8.ToArray());
        Assert.Equal(204, replaced.Status);
        Assert.NotEqual(created["ETag"], replaced["ETag"]);
        Assert.Equal(204, http.Put("/kv/key", []).Status);
        Assert.Equal("", http.Get("/kv/key").Text);
        Assert.Equal(204, http.Get("/kv/key", method: "DELETE").Status);
        Assert.Equal(404, http.Get("/kv/key", method: "HEAD").Status);
    });

    [Fact]
    public unsafe void A_tag_tells_nothing_about_the_stores_hash() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Epollsrv.Store.KeyValueStore store = Epollsrv.Node.RunningNode.Of(node.Server).Store;
        foreach (string value in (string[])["", "a", "k00000001", new string('v', 100), new string('v', 100_000)])
        {
            byte[] bytes = Encoding.ASCII.GetBytes(value);
            string tag = http.Put("/kv/t", bytes)["ETag"]!;
            Assert.Equal(tag, http.Get("/kv/t")["ETag"]);
            ulong shown = ulong.Parse(tag.Trim('"'), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            fixed (byte* data = (byte[])[.. bytes, 0])
            {
                // Not all bits and not those that choose partition and bucket: by chance in one of a billion runs.
                ulong hash = store.HashKey(data, bytes.Length);
                Assert.False((shown & 0x3FF) == (hash & 0x3FF) && (shown >> 44) == (hash >> 44), value.Length + " bytes");
            }
        }
    });

    [Theory]
    [InlineData("/kv/a%20b", "a b")]
    [InlineData("/kv/%00%FF%2f", "\0\u00ff/")]
    [InlineData("/kv/a/b/../c", "a/b/../c")]
    [InlineData("/kv/a+b", "a+b")]
    [InlineData("/kv/x?", "x")]
    public void Keys_are_percent_decoded_and_the_same_over_CS(string path, string key) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(201, http.Put(path, "over http"u8.ToArray()).Status);
        using Client cs = node.Connect();
        byte[] reply = cs.Exchange(Frames.Request(Epollsrv.Protocol.Cs.CsFrame.Get, Encoding.Latin1.GetBytes(key)));
        Assert.Equal("over http", Encoding.ASCII.GetString(Epollsrv.Protocol.Cs.CsFrame.ReplyValue(reply)));
        Assert.Equal("over http", http.Get(path).Text);
    });

    [Theory]
    [InlineData(400, "GET", "/kv/a%")]
    [InlineData(400, "GET", "/kv/a%2")]
    [InlineData(400, "PUT", "/kv/a%zz")]
    [InlineData(400, "PUT", "/kv/a?ttl=30")]
    [InlineData(400, "PUT", "/kv/a?ttl=0s")]
    [InlineData(400, "PUT", "/kv/a?ttl=-1s")]
    [InlineData(400, "PUT", "/kv/a?ttl=99999999999999999999s")]
    [InlineData(400, "PUT", "/kv/a?ttl=1s&ttl=2s")]
    [InlineData(400, "PUT", "/kv/a?nx&xx")]
    [InlineData(400, "PUT", "/kv/a?NX")]
    [InlineData(404, "GET", "/kv/")]
    [InlineData(404, "PUT", "/kv/")]
    [InlineData(404, "PUT", "/kv")]
    [InlineData(405, "POST", "/kv/a")]
    [InlineData(405, "PATCH", "/kv/a")]
    public void What_cannot_be_meant_is_refused(int status, string method, string path) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(status, http.Put(path, "x"u8.ToArray(), method: method).Status);
        Assert.Equal(400, http.Put("/kv/a", "x"u8.ToArray(), "Content-Range: bytes 0-0/1\r\n").Status);
        Assert.Equal(200, http.Get("/healthz").Status);
    });

    [Fact]
    public void Times_to_live_nx_and_xx_are_obeyed() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(412, http.Put("/kv/k?xx", "1"u8.ToArray()).Status);
        Assert.Equal(201, http.Put("/kv/k?nx", "1"u8.ToArray()).Status);
        Assert.Equal(412, http.Put("/kv/k?nx", "2"u8.ToArray()).Status);
        Patience.WithMoreTime(50, milliseconds =>
        {
            Assert.InRange(http.Put("/kv/k?ttl=1h", "2"u8.ToArray()).Status, 201, 204);
            Assert.Equal(204, http.Put("/kv/k?xx&ttl=" + milliseconds + "ms", "3"u8.ToArray()).Status);
            HttpReply reply = http.Get("/kv/k");
            return reply.Status == 200 && reply.Text == "3";
        });
        NodeUnderTest.Until(() => http.Get("/kv/k").Status == 404, "the key expires");
        Assert.Equal(201, http.Put("/kv/k?ttl=1h", "4"u8.ToArray()).Status);
        Assert.Equal(204, http.Put("/kv/k", "5"u8.ToArray()).Status);
    });

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    [InlineData(1_000_000)]
    public void Tags_make_compare_and_set(int length) => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        byte[] one = Enumerable.Repeat((byte)'a', length).ToArray();
        byte[] two = Enumerable.Repeat((byte)'b', length).ToArray();
        Assert.Equal(412, http.Put("/kv/k", one, "If-Match: *\r\n").Status);
        string tag = http.Put("/kv/k", one, "If-None-Match: *\r\n")["ETag"]!;
        Assert.Equal(412, http.Put("/kv/k", two, "If-None-Match: *\r\n").Status);
        Assert.Equal(412, http.Put("/kv/k", two, "If-Match: \"0000000000000000\"\r\n").Status);
        Assert.Equal(412, http.Put("/kv/k", two, "If-Match: W/" + tag + "\r\n").Status);
        Assert.Equal(412, http.Put("/kv/k", two, "If-None-Match: \"x\", W/" + tag + "\r\n").Status);
        Assert.Equal(one, http.Get("/kv/k").Body);
        string next = http.Put("/kv/k", two, "If-Match: \"x,y\"\r\nIf-Match: \"z\", " + tag + "\r\n")["ETag"]!;
        Assert.Equal(412, http.Get("/kv/k", "If-Match: " + tag + "\r\n", "DELETE").Status);
        Assert.Equal(412, http.Get("/kv/k", "If-Match: " + tag + "\r\n").Status);
        Assert.Equal(200, http.Get("/kv/k", "If-None-Match: " + tag + "\r\n").Status);
        HttpReply same = http.Get("/kv/k", "If-None-Match: " + next + "\r\n");
        Assert.Equal(304, same.Status);
        Assert.Equal(next, same["ETag"]);
        Assert.Equal(204, http.Get("/kv/k", "If-Match: " + next + "\r\n", "DELETE").Status);
    });

    [Fact]
    public void Of_many_compare_and_sets_at_once_exactly_one_wins_each_round() => NodeUnderTest.Run("adaptive edge", node =>
    {
        const int rounds = 200;
        int wins = 0;
        using (HttpConnection http = new(node))
        {
            _ = http.Put("/kv/counter", "0"u8.ToArray());
        }

        List<Beside> changers = [];
        for (int t = 0; t < 4; t++)
        {
            changers.Add(new Beside(() =>
            {
                using HttpConnection http = new(node);
                while (true)
                {
                    HttpReply now = http.Get("/kv/counter");
                    int value = int.Parse(now.Text, CultureInfo.InvariantCulture);
                    if (value >= rounds)
                    {
                        return null;
                    }

                    byte[] next = Encoding.ASCII.GetBytes((value + 1).ToString(CultureInfo.InvariantCulture));
                    if (http.Put("/kv/counter", next, "If-Match: " + now["ETag"] + "\r\n").Status == 204)
                    {
                        Interlocked.Increment(ref wins);
                    }
                }
            }));
        }

        changers.ForEach(changer => changer.Check());
        Assert.Equal(rounds, wins);
    });

    [Theory]
    [InlineData(16_000)]
    [InlineData(17_000)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    [InlineData(20_000_000)]
    public void Values_of_any_size_come_back_as_they_went(int length) => NodeUnderTest.Run("adaptive edge", node =>
    {
        byte[] value = new byte[length];
        new Random(length).NextBytes(value);
        using HttpConnection http = new(node);
        Assert.Equal(201, http.Put("/kv/plain", value).Status);
        Assert.Equal(value, http.Get("/kv/plain").Body);

        // The same in chunks of odd sizes, some of them tiny.
        http.Send("PUT /kv/chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        int done = 0;
        Random random = new(length + 1);
        using System.IO.MemoryStream chunks = new();
        while (done < length)
        {
            int size = Math.Min(length - done, random.Next(4) == 0 ? random.Next(1, 20) : random.Next(1, 100_000));
            chunks.Write(HttpConnection.Bytes(size.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            chunks.Write(value, done, size);
            chunks.Write("\r\n"u8);
            done += size;
        }

        chunks.Write("0\r\n\r\n"u8);
        http.Client.Send(chunks.ToArray());
        Assert.Equal(201, http.Read().Status);
        Assert.Equal(value, http.Get("/kv/chunked").Body);
        Assert.Equal(204, http.Get("/kv/chunked", method: "DELETE").Status);
    });

    [Fact]
    public void A_body_of_tiny_chunks_takes_no_more_memory_than_twice_its_size() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        http.Send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        byte[] many = HttpConnection.Bytes(string.Concat(Enumerable.Repeat("1\r\na\r\n", 10_000)));
        for (int i = 0; i < 100; i++)
        {
            http.Client.Send(many);
            Assert.InRange(node.Server.Buffers.InUse, 0, 4 << 20);
        }

        HttpReply reply = http.Exchange("0\r\n\r\n");
        Assert.Equal(1_000_000, reply.Body.Length);
        Assert.True(reply.Body.All(one => one == 'a'));
    });

    [Fact]
    public void A_full_store_answers_507_and_keeps_the_old_value() => NodeUnderTest.Run("adaptive edge", node =>
    {
        using HttpConnection http = new(node);
        Assert.Equal(201, http.Put("/kv/k", "old"u8.ToArray()).Status);
        Assert.Equal(507, http.Put("/kv/k", new byte[30_000_000]).Status);
        Assert.Equal("old", http.Get("/kv/k").Text);
    }, "--max-memory", "8mb");

    [Fact]
    public void Pipelined_requests_are_answered_in_order() => NodeUnderTest.RunEverywhere(node =>
    {
        const int count = 5000;
        using HttpConnection http = new(node);
        StringBuilder all = new();
        for (int i = 0; i < count; i++)
        {
            string value = i.ToString(CultureInfo.InvariantCulture);
            all.Append(i % 3 == 0 ? "PUT /kv/p HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + value.Length + "\r\n\r\n" + value
                : i % 3 == 1 ? "GET /kv/p HTTP/1.1\r\nHost: localhost\r\n\r\n"
                : "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + value.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n" + value + "\r\n0\r\n\r\n");
        }

        http.Send(all.ToString());
        for (int i = 0; i < count; i++)
        {
            HttpReply reply = http.Read();
            Assert.Equal(i == 0 ? 201 : i % 3 == 0 ? 204 : 200, reply.Status);
            if (i % 3 != 0)
            {
                Assert.Equal((i % 3 == 1 ? i - 1 : i).ToString(CultureInfo.InvariantCulture), reply.Text);
            }
        }
    });
}
