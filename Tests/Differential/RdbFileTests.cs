using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Epollsrv.Journal;
using Epollsrv.Journal.Rdb;
using Epollsrv.Tests.Unit;
using Epollsrv.Tests.Unit.Journal.Rdb;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Differential;

/// <summary>RDB files of redis-server, read here; files written here, in Redis's programs.</summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Differential")]
public sealed class RdbFileTests(ITestOutputHelper output)
{
    private const int Changes = 500;
    private const long Future = 4_000_000_000_000;

    [Theory]
    [InlineData(1, "noeviction", "yes")]
    [InlineData(100, "allkeys-lru", "yes")]
    [InlineData(2000, "allkeys-lfu", "no")]
    public void Every_string_of_a_file_of_redis_server_is_found_and_every_other_type_named(int size, string policy, string compression)
    {
        using ServerProcess redis = ServerProcess.StartRedis("--maxmemory-policy", policy, "--rdbcompression", compression);
        using RespStream stream = redis.Connect();
        SortedSet<string> expected = new(StringComparer.Ordinal);
        FillStrings(stream, size, expected);
        FillOthers(stream, size, expected);
        Assert.Equal("+OK", Call(stream, "SAVE"));

        string path = Path.Combine(Path.GetDirectoryName(redis.SocketPath)!, "dump.rdb");
        foreach (long largeFrom in (long[])[1000, long.MaxValue])
        {
            List<string> lines = RdbListing.OfFile(path, largeFrom);
            Assert.Equal("end " + Number(new FileInfo(path).Length), lines[^1]);
            Assert.Contains("aux redis-bits=64", lines);
            Assert.Contains(lines, line => line.StartsWith("resize ", StringComparison.Ordinal));
            AssertUse(lines, " idle ", policy == "allkeys-lru" ? expected.Count - 1 : 0);
            AssertUse(lines, " used ", policy == "allkeys-lfu" ? expected.Count - 1 : 0);
            Assert.Equal(expected, new SortedSet<string>(lines.Select(WithoutUse).Where(IsItem), StringComparer.Ordinal));
        }

        Damage(File.ReadAllBytes(path));
    }

    [Fact]
    public void What_is_written_here_is_right_for_redis_check_rdb_and_loaded_by_redis_server()
    {
        using TemporaryFolder folder = new();
        Dictionary<(int Database, string Key), (string Value, long Expiry)> keys = Write(folder["dump.rdb"]);
        Assert.Contains("RDB looks OK", Run("redis-check-rdb", folder["dump.rdb"]), StringComparison.Ordinal);

        using ServerProcess redis = ServerProcess.StartRedis("--dir", folder.Path);
        using RespStream stream = redis.Connect();
        int selected = 0;
        foreach (((int database, string key), (string value, long expiry)) in keys.OrderBy(pair => pair.Key.Database))
        {
            _ = selected != database ? Call(stream, "SELECT", Number(database)) : null;
            selected = database;
            Assert.Equal("$" + Number(value.Length) + "\r\n" + value, Call(stream, "GET", key));
            Assert.Equal(":" + Number(expiry == 0 ? -1 : expiry), Call(stream, "PEXPIRETIME", key));
        }

        string[] counts = [.. keys.GroupBy(pair => pair.Key.Database).OrderBy(group => group.Key).Select(
            group => $"db{group.Key}:keys={group.Count()},expires={group.Count(pair => pair.Value.Expiry != 0)},")];
        string info = Call(stream, "INFO", "keyspace");
        Assert.All(counts, count => Assert.Contains(count, info, StringComparison.Ordinal));
        Assert.Equal(counts.Length, info.Split("keys=").Length - 1);
    }

    private static void FillStrings(RespStream stream, int size, SortedSet<string> expected)
    {
        string[] values =
        [
            "", "0", "-1", "127", "128", "-32768", "32768", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "01", "abc",
            new string('a', 20), new string('a', 21), new string('b', 300), new string('c', 300_000),
        ];
        foreach (int database in (int[])[0, 1, 15])
        {
            Assert.Equal("+OK", Call(stream, "SELECT", Number(database)));
            foreach (string value in values)
            {
                string key = value.Length > 100 ? value : "key" + value;
                Assert.Equal("+OK", Call(stream, "SET", key, value));
                expected.Add(Number(database) + " " + key + "=" + value);
            }

            for (int i = 0; i < size; i++)
            {
                string value = Number(i * 7919L * i) + new string((char)('a' + (i % 26)), i % 50);
                Assert.Equal("+OK", Call(stream, "SET", Number(i), value, "PXAT", Number(Future + i)));
                expected.Add(Number(database) + " " + Number(i) + "=" + value + " until " + Number(Future + i));
            }
        }
    }

    private static void FillOthers(RespStream stream, int size, SortedSet<string> expected)
    {
        Assert.Equal("+OK", Call(stream, "SELECT", "9"));
        Assert.Equal("$1\r\nx", Call(stream, "FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('f', function() return 1 end)"));
        expected.Add("function");
        string longText = new('x', 9000);
        for (int i = 0; i < size; i++)
        {
            string item = (i % 3 == 0 ? "item" : string.Empty) + Number(i);
            _ = Call(stream, "RPUSH", "list", item);
            _ = Call(stream, "SADD", "set", item);
            _ = Call(stream, "SADD", "integers", Number(i * 1000L));
            _ = Call(stream, "HSET", "hash", item, i % 50 == 49 ? longText : item);
            _ = Call(stream, "ZADD", "zset", i == 5 ? "-inf" : Number(i) + ".5", item);
            _ = Call(stream, "XADD", "stream", Number(i + 1) + "-1", "field", item);
        }

        Assert.Equal(":1", Call(stream, "RPUSH", "plain", longText + longText));
        Assert.Equal("+OK", Call(stream, "XGROUP", "CREATE", "stream", "group", "0"));
        Assert.Equal("+OK", Call(stream, "XGROUP", "CREATE", "stream", "other", "18446744073709551615-18446744073709551615"));
        _ = Call(stream, "XREADGROUP", "GROUP", "group", "one", "COUNT", Number((size / 2) + 1), "STREAMS", "stream", ">");
        _ = Call(stream, "XREADGROUP", "GROUP", "group", "two", "COUNT", "10", "STREAMS", "stream", ">");
        Assert.Equal(":1", Call(stream, "PEXPIREAT", "hash", Number(Future)));
        foreach (string key in (string[])["list", "set", "zset", "stream"])
        {
            expected.Add(key + " " + key);
        }

        expected.Add("hash hash until " + Number(Future));
        expected.Add("set integers");
        expected.Add("list plain");
    }

    private static Dictionary<(int Database, string Key), (string Value, long Expiry)> Write(string path)
    {
        Random random = new(TestSeed.Choose());
        Dictionary<(int Database, string Key), (string Value, long Expiry)> keys = [];
        RecordBuffer buffer = default;
        RdbEncoder.AddHeader(ref buffer);
        RdbEncoder.AddAux(ref buffer, "redis-ver"u8, "7.0.0"u8);
        RdbEncoder.AddAux(ref buffer, "redis-bits"u8, 64);
        RdbEncoder.AddAux(ref buffer, "ctime"u8, 1_700_000_000);
        RdbEncoder.AddAux(ref buffer, "used-mem"u8, 5_000_000_000);
        RdbEncoder.AddAux(ref buffer, "aof-base"u8, 0);
        RdbEncoder.AddAux(ref buffer, "epollsrv-position"u8, long.MaxValue);
        foreach (int database in (int[])[0, 3, 15])
        {
            RdbEncoder.AddSelect(ref buffer, database);
            RdbEncoder.AddResize(ref buffer, 1_000_000, 3);
            int[] lengths = [0, 1, 5, 11, 12, 63, 64, 16383, 16384, 100_000];
            for (int i = 0; i < 300; i++)
            {
                string key = random.Next(2) == 0 ? Number(random.NextInt64() >> random.Next(64)) : "key" + Number(i);
                string value = random.Next(2) == 0 ? Number(-random.NextInt64() >> random.Next(64))
                    : new string((char)random.Next(1, 256), lengths[random.Next(lengths.Length)]);
                long expiry = random.Next(3) == 0 ? Future + i : 0;
                if (!keys.TryAdd((database, key), (value, expiry)))
                {
                    continue;
                }

                byte[] bytes = Encoding.Latin1.GetBytes(value);
                if (bytes.Length <= 11 || random.Next(2) == 0)
                {
                    RdbEncoder.AddKey(ref buffer, Encoding.Latin1.GetBytes(key), bytes, expiry);
                }
                else
                {
                    RdbEncoder.AddKeyHead(ref buffer, Encoding.Latin1.GetBytes(key), bytes.Length, expiry);
                    buffer.Add(bytes);
                }
            }
        }

        RdbEncoder.AddEnd(ref buffer, 0);
        Save(path, ref buffer);
        return keys;
    }

    private static unsafe void Save(string path, ref RecordBuffer buffer)
    {
        File.WriteAllBytes(path, new ReadOnlySpan<byte>(buffer.Data, (int)buffer.Length).ToArray());
        buffer.Clear();
    }

    /// <summary>The file cut (a short one at every byte) and with bytes changed.</summary>
    private void Damage(byte[] file)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        using RdbListing listing = new();
        listing.Write(file);
        int step = Math.Max(1, file.Length / Changes);
        for (int length = file.Length - 1; length >= 0; length -= random.Next(1, 2 * step))
        {
            listing.Cut(length);
            Assert.StartsWith("damaged at byte ", listing.Read(length)[^1], StringComparison.Ordinal);
        }

        listing.Write(file);
        for (int i = 0; i < Changes; i++)
        {
            // Behind the header: older versions have no checksum.
            int at = random.Next(9, file.Length);
            listing.WriteByte(at, (byte)(file[at] ^ (1 << random.Next(8))));
            string end = listing.Read(file.Length, largeFrom: i % 2 == 0 ? 100 : long.MaxValue)[^1];
            Assert.False(end.StartsWith("end", StringComparison.Ordinal), $"byte {at}: {end}");
            listing.WriteByte(at, file[at]);
        }
    }

    // All keys have it or none; the library of functions is no key.
    private static void AssertUse(List<string> lines, string what, int count)
        => Assert.Equal(count, lines.Count(line => line.Contains(what, StringComparison.Ordinal)));

    private static bool IsItem(string line) =>
        !line.StartsWith("aux ", StringComparison.Ordinal) && !line.StartsWith("resize ", StringComparison.Ordinal)
        && !line.StartsWith("end ", StringComparison.Ordinal);

    private static string WithoutUse(string line)
    {
        int use = Math.Max(line.IndexOf(" idle ", StringComparison.Ordinal), line.IndexOf(" used ", StringComparison.Ordinal));
        return use >= 0 ? line[..use] : line;
    }

    private static string Call(RespStream stream, params string[] words)
    {
        ByteWriter writer = new();
        Request.Of(words).WriteTo(writer);
        stream.Send(writer.Written);
        return Encoding.Latin1.GetString(stream.ReadReply())[..^2];
    }

    private static string Run(string program, string argument)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, text);
        return text;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
