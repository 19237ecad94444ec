using System;
using System.Text;

using Epollsrv.Bench;
using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit.Bench;

/// <summary>The bytes that the load generator sends.</summary>
public sealed unsafe class RequestWriterTests
{
    [Theory]
    [InlineData("Resp", false, "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n")]
    [InlineData("Resp", true, "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000042\r\n$5\r\nabcde\r\n")]
    [InlineData("Memcached", false, "get key:000000000042\r\n")]
    [InlineData("Memcached", true, "set key:000000000042 0 0 5\r\nabcde\r\n")]
    [InlineData("MemcachedMeta", false, "mg key:000000000042 v\r\n")]
    [InlineData("MemcachedMeta", true, "ms key:000000000042 5\r\nabcde\r\n")]
    [InlineData("Http", false, "GET /kv/key:000000000042 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n")]
    [InlineData("Http", true, "PUT /kv/key:000000000042 HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Length: 5\r\n\r\nabcde")]
    public void Each_protocol_has_its_requests(string protocol, bool isWrite, string expected)
        => Assert.Equal(expected,
            Written(new BenchSettings { Protocol = Enum.Parse<BenchProtocol>(protocol), ValueSize = 5, Keys = 1000 }, 42, isWrite));

    [Fact]
    public void A_password_goes_into_every_HTTP_request()
        => Assert.Contains("\r\nAuthorization: Bearer secret\r\n",
            Written(new BenchSettings { Protocol = BenchProtocol.Http, Password = "secret" }, 1, false), StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 1, 0, "0")]
    [InlineData(5, 100_000, 99_999, "99999")]
    [InlineData(7, 100_000, 7, "0000007")]
    [InlineData(9, 100_000, 12_345, "key:12345")]
    [InlineData(14, 1_000_000, 234_567, "key:0000234567")]
    [InlineData(16, 1_000_000_000, 987_654_321, "key:000987654321")]
    public void Keys_fill_their_size(int size, long keys, long key, string expected)
    {
        string request = Written(new BenchSettings { KeySize = size, Keys = keys }, key, false);
        Assert.Equal("*2\r\n$3\r\nGET\r\n$" + size + "\r\n" + expected + "\r\n", request);
    }

    [Fact]
    public void A_CS_frame_holds_key_and_value()
    {
        byte[] frame = Encoding.Latin1.GetBytes(Written(new BenchSettings { Protocol = BenchProtocol.Cs, ValueSize = 3 }, 77, true));
        Assert.Equal(CsFrame.Size, frame.Length);
        Assert.Equal(CsFrame.Put, CsFrame.Command(frame));
        Assert.Equal("key:000000000077"u8.ToArray(), CsFrame.Key(frame).ToArray());
        Assert.Equal("abc"u8.ToArray(), CsFrame.Value(frame).ToArray());
        frame = Encoding.Latin1.GetBytes(Written(new BenchSettings { Protocol = BenchProtocol.Cs }, 5, false));
        Assert.Equal(CsFrame.Get, CsFrame.Command(frame));
        Assert.Equal("key:000000000005"u8.ToArray(), CsFrame.Key(frame).ToArray());
        Assert.Equal(0, CsFrame.Value(frame).Length);
    }

    private static string Written(BenchSettings settings, long key, bool isWrite)
    {
        Assert.True(Native.SocketAddress.TryParse("127.0.0.1", 80, out settings.Server));
        using RequestWriter writer = new(settings);
        byte[] target = new byte[writer.Largest];
        fixed (byte* start = target)
        {
            // Another key first: every digit has to be written again.
            _ = writer.Single(settings.Keys - 1, isWrite, out int length);
            byte* end = writer.Append(start, key, isWrite);
            Assert.Equal(length, end - start);
            return Encoding.Latin1.GetString(target, 0, length);
        }
    }
}
