using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;

using Epollsrv.Journal;
using Epollsrv.Tests.Unit;
using Epollsrv.Tests.Unit.Journal;

using Xunit;

namespace Epollsrv.Tests.Differential;

/// <summary>The files of the log with the real programs: redis-server's directory here, and ours there.</summary>
[Trait("Category", "Differential")]
public sealed class LogFileTests
{
    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public void The_directory_of_redis_server_is_read(string preamble)
    {
        using ServerProcess redis = ServerProcess.StartRedis(
            "--appendonly", "yes", "--appendfsync", "no", "--aof-timestamp-enabled", "yes", "--aof-use-rdb-preamble", preamble);
        using RespStream stream = redis.Connect();
        string binary = string.Concat(Enumerable.Range(0, 256).Select(value => (char)value));
        _ = Call(stream, "SET", "before", "1");
        _ = Call(stream, "BGREWRITEAOF");
        const string Done = "aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0";
        while (!Call(stream, "INFO", "persistence").Contains(Done, StringComparison.Ordinal))
        {
            Thread.Sleep(20);
        }

        // It writes the time when that has become another second.
        string second = Second(stream);
        while (Second(stream) == second)
        {
            Thread.Sleep(20);
        }

        _ = Call(stream, "SET", "a", binary);
        _ = Call(stream, "MULTI");
        _ = Call(stream, "SET", "b", "1", "PXAT", "99999999999999");
        _ = Call(stream, "APPEND", "b", "2");
        _ = Call(stream, "EXEC");
        _ = Call(stream, "SELECT", "3");
        _ = Call(stream, "PEXPIREAT", "b", "99999999999999");
        _ = Call(stream, "SET", "c", new string('c', 100_000));
        _ = Call(stream, "DEL", "c");

        DataFolder folder = DataFolder.OpenToRead(Path.GetDirectoryName(redis.SocketPath)!);
        Manifest? manifest = folder.Load(out string error);
        Assert.Equal(string.Empty, error);
        Assert.Equal(preamble == "yes" ? "appendonly.aof.2.base.rdb" : "appendonly.aof.2.base.aof", manifest!.Base!.Name);
        if (preamble == "no")
        {
            Assert.Equal(["SELECT|0", "SET|before|1"], LogBytes.Read(folder.PathOf(manifest.Base)).Records);
        }

        List<string> records = [];
        foreach (ManifestEntry entry in manifest.Increments)
        {
            Assert.Contains("#TS:", File.ReadAllText(folder.PathOf(entry)), StringComparison.Ordinal);
            (string[] found, LogDamage? damage, _) = LogBytes.Read(folder.PathOf(entry));
            Assert.Null(damage);
            records.AddRange(found);
        }

        Assert.Equal(
            ["SELECT|0", "SET|a|" + binary, "MULTI", "SET|b|1|PXAT|99999999999999", "APPEND|b|2", "EXEC", "SELECT|3",
                "SET|c|" + new string('c', 100_000), "DEL|c"],
            records);
    }

    [Fact]
    public void Redis_check_aof_and_redis_server_read_a_log_with_headers()
    {
        using TemporaryFolder temporary = new();
        LogBytes first = LogBytes.Sample(hasBlocks: true);
        LogBytes second = new LogBytes(hasBlocks: true, first.Position).Add(["SELECT", "0"]).Add(["MULTI"], ["SET", "last", "1"], ["EXEC"]);
        using (DataFolder folder = DataFolder.Open(new Disk(), temporary["data"], out string error)!)
        {
            Assert.Equal(string.Empty, error);
            Manifest manifest = new(null, [], []);
            foreach (LogBytes log in (LogBytes[])[first, second])
            {
                manifest = manifest.With(manifest.NextIncrement());
                File.WriteAllBytes(folder.PathOf(manifest.Last!), log.Bytes);
            }

            Assert.Equal(0, folder.Save(manifest));
            (int code, string output) = Run("redis-check-aof", folder.ManifestPath);
            Assert.True(code == 0, output);
            Assert.Contains("All AOF files and manifest are valid", output, StringComparison.Ordinal);
        }

        using ServerProcess redis = ServerProcess.StartRedis("--appendonly", "yes", "--dir", temporary["data"]);
        using RespStream stream = redis.Connect();
        Assert.Contains("\r\n1\r\n", Call(stream, "GET", "last"), StringComparison.Ordinal);
        Assert.Contains("\r\n2\r\n", Call(stream, "GET", "d"), StringComparison.Ordinal);
        Assert.Equal(":5\r\n", Call(stream, "DBSIZE"));

        // It goes on in the last file, and we read that.
        _ = Call(stream, "SET", "more", "1");
        DataFolder reading = DataFolder.OpenToRead(temporary["data"]);
        Manifest theirs = reading.Load(out _)!;
        long position = -1;
        string[] all = [];
        foreach (ManifestEntry entry in theirs.Increments)
        {
            (string[] records, LogDamage? damage, position) = LogBytes.Read(reading.PathOf(entry), position);
            Assert.True(damage is null, damage?.Text);
            all = [.. all, .. records];
        }

        Assert.Equal([.. first.RecordsWithin(long.MaxValue), .. second.RecordsWithin(long.MaxValue), "SELECT|0", "SET|more|1"], all);
        Assert.True(position > second.Position);
    }

    [Fact]
    public void What_we_cut_is_what_redis_check_aof_accepts()
    {
        using TemporaryFolder temporary = new();
        LogBytes log = LogBytes.Sample(hasBlocks: true);
        string path = temporary["log"];
        Random random = new(TestSeed.Choose());
        for (int i = 0; i < 20; i++)
        {
            int length = random.Next(1, log.Bytes.Length);
            byte[] tail = new byte[random.Next(2) * 40];
            File.WriteAllBytes(path, [.. log.Bytes[..length], .. tail]);
            if (LogBytes.Read(path).Damage is { } damage)
            {
                Assert.True(LogRepair.TryCut(new QuickDisk(), damage, isLast: true, 1 << 20, out string text), text);
            }

            (int code, string output) = Run("redis-check-aof", path);
            Assert.True(code == 0 || new FileInfo(path).Length == 0, output);
        }
    }

    private static string Second(RespStream stream) => Call(stream, "TIME").Split("\r\n")[2];

    private static string Call(RespStream stream, params string[] command)
    {
        ByteWriter writer = new();
        Request.Of(command).WriteTo(writer);
        stream.Send(writer.Written);
        return Encoding.Latin1.GetString(stream.ReadReply());
    }

    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
