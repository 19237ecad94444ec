using System;
using System.Globalization;

using Epollsrv.Tests.Fuzz;

namespace Epollsrv.Tests.Differential;

/// <summary>Streams of bytes, good and broken, up to the end of the connection: Redis is the oracle.</summary>
internal sealed class RawRun(string program, int seed) : IDisposable
{
    private readonly ServerProcess _redis = ServerProcess.StartRedis();
    private readonly ServerProcess _node = ServerProcess.StartNode(program, DifferentialRun.NodeOptions);

    public Comparison Comparison { get; } = new(new Coverage([]));

    public void Run(int streams)
    {
        RespStreams random = new(seed);
        for (int i = 0; i < streams; i++)
        {
            byte[] bytes = random.Next();

            // Redis looks for the end of a header with strchr, which stops at a zero: "zero-in-header".
            bytes.AsSpan().Replace((byte)0, (byte)'z');
            using RespStream redis = _redis.Connect();
            using RespStream node = _node.Connect();
            SendQuietly(redis, bytes);
            SendQuietly(node, bytes);
            byte[] expected = redis.ReadToEnd();
            byte[] actual = node.ReadToEnd();
            Comparison.Place = "stream " + i.ToString(CultureInfo.InvariantCulture);
            Comparison.Note(Explain(expected, actual), "stream",
                Request.Of(System.Text.Encoding.Latin1.GetString(bytes.AsSpan(Math.Max(0, bytes.Length - 300)))), expected, actual);
        }
    }

    /// <summary>Where Redis stops at a zero and waits, the node complains.</summary>
    public void RunZeroInHeader()
    {
        using RespStream redis = _redis.Connect();
        using RespStream node = _node.Connect();
        SendQuietly(redis, "*1\r\n\0\r\n"u8.ToArray());
        SendQuietly(node, "*1\r\n\0\r\n"u8.ToArray());
        bool known = redis.ReadToEnd().Length == 0 && node.ReadToEnd().AsSpan().StartsWith("-ERR Protocol error: expected '$', got '"u8);
        Comparison.Note(known ? "zero-in-header" : string.Empty, "zero in a header", Request.Of("*1"), default, default);
    }

    public void Dispose()
    {
        _node.Dispose();
        _redis.Dispose();
    }

    private static string? Explain(byte[] expected, byte[] actual)
    {
        if (expected.AsSpan().SequenceEqual(actual))
        {
            return null;
        }

        // Redis waits for up to 2^31 - 1 arguments; the node refuses more than --max-arguments at once.
        ReadOnlySpan<byte> refusal = "-ERR Protocol error: invalid multibulk length\r\n"u8;
        bool refused = actual.AsSpan().EndsWith(refusal) && expected.AsSpan().StartsWith(actual.AsSpan(0, actual.Length - refusal.Length));
        return refused ? "most-arguments" : string.Empty;
    }

    private static void SendQuietly(RespStream stream, byte[] bytes)
    {
        try
        {
            stream.Send(bytes);
            stream.EndSending();
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Closed after a protocol error: what was answered counts.
        }
    }
}
