using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Epollsrv.Tests.Integration;
using Epollsrv.Tests.Integration.Http;
using Epollsrv.Tests.Stress;
using Xunit;

namespace Epollsrv.Tests.Differential;

/// <summary>The log records of random commands against what redis-server writes into its append-only file for them.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Differential")]
public sealed class LogRecordTests
{
    private const int Commands = 20_000;

    // Relative times are hours away; the two servers read their clocks at different moments.
    private const long Tolerance = 600_000;

    [Fact]
    public void Records_are_those_of_redis_server()
    {
        int seed = TestSeed.Choose();
        using ServerProcess redis = ServerProcess.StartRedis("--appendonly", "yes", "--appendfsync", "no");
        using InProcessNode node = new(["--port", "0"]);
        EffectModel.Observe(node.Node.Store, node.Node.Resp);
        using (RespStream stream = redis.Connect())
        using (RespClient client = new(node))
        {
            Random random = new(seed);
            ByteWriter writer = new();
            for (int i = 0; i < Commands; i++)
            {
                foreach (string[] command in EffectWorkload.LongLived(random))
                {
                    writer.Clear();
                    Request.Of(command).WriteTo(writer);
                    stream.Send(writer.Written);
                    _ = stream.ReadReply();
                    _ = client.Call(command);
                }
            }
        }

        string[] files = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(redis.SocketPath)!, "appendonlydir"), "*.incr.aof");
        List<string[]> theirs = Read(File.ReadAllBytes(Assert.Single(files)));
        List<string[]> ours = Read(EffectModel.Log.ToArray());
        for (int i = 0; i < Math.Min(ours.Count, theirs.Count); i++)
        {
            Assert.True(AreSame(theirs[i], ours[i]), $"record {i}: redis-server has {Show(theirs[i])}, the node {Show(ours[i])}");
        }

        Assert.Equal(theirs.Count, ours.Count);
    }

    [Fact]
    public void Writes_of_HTTP_and_CS_are_SET_and_DEL()
    {
        using InProcessNode node = new(["--port", "0"]);
        EffectModel.Observe(node.Node.Store, node.Node.Resp);
        using (HttpConnection http = new(node))
        using (Client cs = node.Connect())
        {
            _ = http.Put("/kv/a", Encoding.ASCII.GetBytes("one"));
            _ = http.Get("/kv/a", method: "DELETE");
            cs.Put("b", "two");
            cs.Put("b", "three");
            _ = cs.Exchange(Frames.Delete("b"));
        }

        Assert.Equal(
            ["SELECT 0", "SET a one", "DEL a", "SET b two", "SET b three", "DEL b"],
            Read(EffectModel.Log.ToArray()).ConvertAll(record => string.Join(' ', record)));
    }

    // The named differences (docs/STORE.md): the node's SET says what the key is
    // afterwards. It has no conditions, and a time that stays is written out.
    private static bool AreSame(string[] theirs, string[] ours)
    {
        if (theirs[0] is "SET" or "SETNX")
        {
            bool keeps = Array.IndexOf(theirs, "KEEPTTL", 3) >= 0;
            int time = Array.IndexOf(theirs, "PXAT", 3);
            return ours[0] == "SET" && ours[1] == theirs[1] && ours[2] == theirs[2]
                && (keeps || (time < 0 ? ours.Length == 3 : ours.Length == 5 && IsNear(theirs[time + 1], ours[4])));
        }

        if (theirs[0] == "PEXPIREAT")
        {
            return ours.Length == 3 && ours[0] == "PEXPIREAT" && ours[1] == theirs[1] && IsNear(theirs[2], ours[2]);
        }

        if (theirs.Length == 2 && theirs[0] == "UNLINK")
        {
            return ours.Length == 2 && ours[0] == "DEL" && ours[1] == theirs[1];
        }

        return theirs.AsSpan().SequenceEqual(ours);
    }

    private static bool IsNear(string theirs, string ours) =>
        Math.Abs(long.Parse(theirs, CultureInfo.InvariantCulture) - long.Parse(ours, CultureInfo.InvariantCulture)) < Tolerance;

    private static string Show(string[] record) =>
        string.Join(' ', Array.ConvertAll(record, word => word.Length > 40 ? word[..40] + "…" : word));

    private static List<string[]> Read(byte[] log)
    {
        List<string[]> records = [];
        int at = 0;
        while (at < log.Length)
        {
            string[] record = new string[ReadNumber(log, ref at)];
            for (int i = 0; i < record.Length; i++)
            {
                int length = ReadNumber(log, ref at);
                record[i] = Encoding.Latin1.GetString(log, at, length);
                at += length + 2;
            }

            records.Add(record);
        }

        return records;
    }

    private static int ReadNumber(byte[] log, ref int at)
    {
        int end = Array.IndexOf(log, (byte)'\r', at);
        int number = int.Parse(Encoding.ASCII.GetString(log, at + 1, end - at - 1), CultureInfo.InvariantCulture);
        at = end + 2;
        return number;
    }
}
