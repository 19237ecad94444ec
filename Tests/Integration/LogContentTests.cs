using System;
using System.IO;
using System.Linq;

using Epollsrv.Tests.Unit;
using Epollsrv.Tests.Unit.Journal;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>Logs with commands that this node cannot run: what ends the start, what is left out, and what is loaded all the same.</summary>
public sealed class LogContentTests : IDisposable
{
    private const int Configuration = 78;

    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string LogFolder => Path.Combine(Data, "appendonlydir");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_database_that_is_not_there_any_more_ends_the_start()
    {
        using (PublishedNode node = Start("--databases", "32"))
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", "zero"));
            Assert.Equal("+OK", client.Call("SELECT", "20"));
            Assert.Equal("+OK", client.Call("SET", "a", "twenty"));
            Stop(node);
        }

        Refused("the file has commands for database 20, and there are 16: raise --databases");
        using PublishedNode again = Start("--databases", "32");
        using RespClient reader = new(again);
        Assert.Equal("zero", reader.Value("GET", "a"));
        Stop(again);
    }

    [Theory]
    [InlineData(20, "MOVE a 20")]
    [InlineData(17, "SWAPDB 0 17")]
    [InlineData(18, "SWAPDB 18 0")]
    [InlineData(19, "COPY a b DB 19")]
    [InlineData(21, "MULTI|SELECT 21|SET b x|EXEC")]
    public void So_does_any_command_that_names_one(int database, string commands)
    {
        Write(["SET a 1", .. commands.Split('|')]);
        Refused(FormattableString.Invariant($"the file has commands for database {database}, and there are 16: raise --databases"));
    }

    [Fact]
    public void Values_that_are_longer_than_they_may_be_now_are_kept()
    {
        using (PublishedNode node = Start())
        {
            using RespClient client = new(node);
            Assert.Equal("+OK", client.Call("SET", "a", new string('x', 100_000)));
            Assert.Equal(":100002", client.Call("APPEND", "a", "zz"));
            Assert.Equal(":100003", client.Call("SETRANGE", "a", "100002", "y"));
            Assert.Equal(":0", client.Call("SETBIT", "a", "1000000", "1"));
            Stop(node);
        }

        using PublishedNode again = Start("--max-value", "50kb");
        using RespClient reader = new(again);
        Assert.Equal(":125001", reader.Call("STRLEN", "a"));
        Assert.Equal("-ERR string exceeds maximum allowed size (proto-max-bulk-len)", reader.Call("APPEND", "a", "z"));
        Assert.DoesNotContain("fail", again.LogText, StringComparison.Ordinal);
        Stop(again);
    }

    [Theory]
    [InlineData("LPUSH list x", "the file holds the command LPUSH of the key \"list\", which is not about strings: only strings can be loaded. --skip-other-types leaves such commands out")]
    [InlineData("MULTI|LPUSH list x|EXEC", "the file holds the command LPUSH of the key \"list\"")]
    [InlineData("FUNCTION LOAD code", "the file holds functions, which this program cannot run. --skip-other-types leaves them out")]
    public void Commands_on_other_types_end_the_start_unless_they_may_be_left_out(string commands, string complaint)
    {
        Write(["SET a 1", .. commands.Split('|'), "SET b 2"]);
        Refused(complaint);
        using PublishedNode node = Start("--skip-other-types");
        using RespClient client = new(node);
        Assert.Equal(":2", client.Call("DBSIZE"));
        node.AwaitLog(", left out 1 commands of the log that are not about strings");
        Stop(node);
    }

    [Fact]
    public void All_commands_that_fail_or_are_left_out_are_counted()
    {
        Write(["SET a x", .. Enumerable.Repeat("INCR a", 25), .. Enumerable.Repeat("RPUSH b x", 1000), "RPUSH b y"]);
        using PublishedNode node = Start("--skip-other-types");
        Assert.Equal(10, node.LogText.Split("a command fails").Length - 1);
        Assert.Contains(
            ", left out 1001 commands of the log that are not about strings, 25 commands of the log failed", node.LogText, StringComparison.Ordinal);
        Stop(node);
    }

    [Fact]
    public void Check_counts_commands_on_other_types()
    {
        Write(["SET a x", "LPUSH b x", "FUNCTION LOAD code", "INCR c"]);
        (int code, string output, _) = Binary.Run(["check", Data]);
        Assert.Equal(0, code);
        Assert.Contains(
            "4 records: 1 SET, 0 DEL, 1 other; 2 that are not about strings, the first LPUSH\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file i.aof seq 9223372036854775807 type i\n")]
    [InlineData("file i.aof seq 9223372036854775806 type i\n")]
    public void A_manifest_without_room_for_more_files_ends_the_start(string manifest)
    {
        Write(["SET a 1"]);
        File.Move(Path.Combine(LogFolder, "appendonly.aof.1.incr.aof"), Path.Combine(LogFolder, "i.aof"));
        File.WriteAllText(Path.Combine(LogFolder, "appendonly.aof.manifest"), manifest);
        Refused("line 1 has a number (seq) that is too high: give the files small numbers, in the order of the lines");
        Assert.Equal(manifest, File.ReadAllText(Path.Combine(LogFolder, "appendonly.aof.manifest")));
    }

    [Theory]
    [InlineData("appenddirname mydir", "the log is always in appendonlydir here: rename the directory, and remove this line")]
    [InlineData("appendfilename x.aof", "the log is always appendonly.aof here: rename the manifest to appendonly.aof.manifest")]
    [InlineData("dbfilename other.rdb", "the snapshot is always dump.rdb here: rename the file, and remove this line")]
    public void Files_with_other_names_in_a_redis_conf_end_the_start(string line, string complaint)
    {
        string path = _folder.Write("redis.conf",
            "appendfilename appendonly.aof\nappenddirname \"appendonlydir\"\ndbfilename dump.rdb\n" + line + "\n");
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data, "--config", path);
        Assert.Equal(Configuration, code);
        string place = path + ":4: " + line.Replace(" ", " \"", StringComparison.Ordinal);
        Assert.Contains(place + "\": " + complaint, output, StringComparison.Ordinal);
        Assert.DoesNotContain("has no effect", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_end_that_may_not_be_cut_off_names_the_setting()
    {
        Write(["SET a 1"]);
        File.AppendAllText(Path.Combine(LogFolder, "appendonly.aof.1.incr.aof"), "*2\r\n$3");
        string path = _folder.Write("redis.conf", "aof-load-truncated no\n");
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data, "--config", path);
        Assert.Equal(Configuration, code);
        Assert.Contains(
            "Nothing may be cut off, because --data-repair is 0 (aof-load-truncated no): change that, or use epollsrv check --repair",
            output, StringComparison.Ordinal);
    }

    private static void Stop(PublishedNode node) => Assert.Equal(0, node.Stop());

    private PublishedNode Start(params string[] options) => new(["--port", "0", "--data", Data, .. options]);

    // As redis-server writes it: without blocks.
    private void Write(string[] commands)
    {
        _ = Directory.CreateDirectory(LogFolder);
        byte[] log = [.. commands.SelectMany(command => LogBytes.Record(command.Split(' ')))];
        File.WriteAllBytes(Path.Combine(LogFolder, "appendonly.aof.1.incr.aof"), log);
        File.WriteAllText(Path.Combine(LogFolder, "appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n");
    }

    private void Refused(string reason)
    {
        (int code, string output) = PublishedNode.RunToEnd("serve", "--port", "0", "--data", Data);
        Assert.Equal(Configuration, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }
}
