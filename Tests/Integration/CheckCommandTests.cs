using System;
using System.IO;

using Epollsrv.Journal;
using Epollsrv.Tests.Unit;
using Epollsrv.Tests.Unit.Journal;

using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary><c>epollsrv check</c> on directories and files.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder["data"];

    private string Last => Data + "/appendonlydir/appendonly.aof.2.incr.aof";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_whole_directory_is_listed()
    {
        long position = Make().Position;
        (int code, string output, string error) = Binary.Run(["check", Data]);
        Assert.Equal((0, string.Empty), (code, error));
        Assert.Equal(FormattableString.Invariant($"""
            dump       dump.rdb: RDB 9, 18 bytes, 0 keys, 0 of them with a time to live, in 0 databases
            base       appendonly.aof.1.base.rdb: RDB 9, 18 bytes, 0 keys, 0 of them with a time to live, in 0 databases
            increment  appendonly.aof.1.incr.aof: {Length("1")} bytes, 11 records: 7 SET, 2 DEL, 2 other; 3 groups; 9 blocks
            increment  appendonly.aof.2.incr.aof: {Length("2")} bytes, 1 records: 0 SET, 1 DEL, 0 other; 1 blocks
            history    old.aof: no longer needed
            The log ends at position {position}.
            All is whole.

            """), output);
    }

    [Fact]
    public void A_damaged_end_is_reported_and_repaired_when_asked_for()
    {
        _ = Make();
        long good = new FileInfo(Last).Length;
        File.AppendAllText(Last, "*2\r\n$3\r\nDEL\r\n");
        (int code, string output, string error) = Binary.Run(["check", Data]);
        Assert.Equal(1, code);
        Assert.DoesNotContain("All is whole", output, StringComparison.Ordinal);
        Assert.StartsWith(FormattableString.Invariant(
            $"epollsrv: {Last}: the file ends inside a record (at offset {good + 13}); good up to offset {good}, then 13 bytes"),
            error, StringComparison.Ordinal);
        Assert.EndsWith("To cut them off: epollsrv check --repair\n", error, StringComparison.Ordinal);

        Assert.Equal(1, Binary.Run(["check", Data, "--repair", "--data-repair", "12"]).Code);
        Assert.Equal(good + 13, new FileInfo(Last).Length);
        (code, output, error) = Binary.Run(["check", Data, "--repair"]);
        Assert.Equal(0, code);
        Assert.EndsWith("All is whole.\n", output, StringComparison.Ordinal);
        Assert.EndsWith(FormattableString.Invariant($"kept in {Last}.cut-{good}\n"), error, StringComparison.Ordinal);
        Assert.Equal(good, new FileInfo(Last).Length);
        Assert.Equal(0, Binary.Run(["check", Data]).Code);
    }

    [Fact]
    public void A_running_node_is_not_disturbed()
    {
        _ = Make();
        File.AppendAllText(Last, "*2\r\n");
        using DataFolder node = DataFolder.Open(new Disk(), Data, out _)!;
        (int code, _, string error) = Binary.Run(["check", Data]);
        Assert.Equal(1, code);
        Assert.Contains("a node is running on it", error, StringComparison.Ordinal);
        (code, _, error) = Binary.Run(["check", Data, "--repair"]);
        Assert.Equal(1, code);
        Assert.Contains("another node uses this data directory", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_that_is_not_at_the_end_stays()
    {
        _ = Make();
        string first = Data + "/appendonlydir/appendonly.aof.1.incr.aof";
        byte[] bytes = File.ReadAllBytes(first);
        File.WriteAllBytes(first, bytes[..^1]);
        (int code, _, string error) = Binary.Run(["check", Data, "--repair"]);
        Assert.Equal(1, code);
        Assert.Contains("Only the end of the last file can be cut off", error, StringComparison.Ordinal);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(first, bytes);
        Assert.Equal(1, Binary.Run(["check", Data, "--repair"]).Code);
        Assert.Equal(bytes, File.ReadAllBytes(first));
        File.Delete(first);
        (code, string output, error) = Binary.Run(["check", Data]);
        Assert.Equal(1, code);
        Assert.Contains("appendonly.aof.1.incr.aof: is missing", output, StringComparison.Ordinal);
        Assert.Contains("no such file or directory. Restore the directory from a backup", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_checked_alone()
    {
        _ = Make();
        Assert.Equal(0, Binary.Run(["check", Last]).Code);
        Assert.Equal(0, Binary.Run(["check", Data + "/dump.rdb"]).Code);
        File.WriteAllText(Data + "/dump.rdb", "REDIS0009");
        Assert.Equal(1, Binary.Run(["check", Data + "/dump.rdb"]).Code);
        (int code, string output, string error) = Binary.Run(["check", Data]);
        Assert.Equal(1, code);
        Assert.DoesNotContain("All is whole", output, StringComparison.Ordinal);
        (code, _, error) = Binary.Run(["check", Last, "--repair"]);
        Assert.Equal(64, code);
        Assert.Contains("belongs to a data directory; give that one", error, StringComparison.Ordinal);
        string alone = _folder.Write("alone.aof", "*1\r\n$8\r\nFLUSHALL\r\n*");
        Assert.Equal(1, Binary.Run(["check", alone]).Code);
        Assert.Equal(0, Binary.Run(["check", alone, "--repair"]).Code);
        Assert.Equal(0, Binary.Run(["check", alone]).Code);
    }

    [Fact]
    public void What_is_no_data_directory_is_said()
    {
        Assert.Equal(78, Binary.Run(["check", _folder.Path]).Code);
        Assert.Equal(78, Binary.Run(["check", _folder["none"]]).Code);
        Assert.Equal(64, Binary.Run(["check"]).Code);
        _ = Make();
        (int code, _, string error) = Binary.Run(["check", Data + "/appendonlydir"]);
        Assert.Equal(78, code);
        Assert.Contains("give the directory that this one is in", error, StringComparison.Ordinal);
        Assert.Equal(78, Binary.Run(["check", Data + "/appendonlydir/appendonly.aof.manifest"]).Code);
        File.AppendAllText(Data + "/appendonlydir/appendonly.aof.manifest", "x");
        (code, _, error) = Binary.Run(["check", Data]);
        Assert.Equal(1, code);
        Assert.Contains("line 5 has no line end", error, StringComparison.Ordinal);
    }

    private long Length(string number) => new FileInfo(Data + "/appendonlydir/appendonly.aof." + number + ".incr.aof").Length;

    private LogBytes Make()
    {
        LogBytes first = LogBytes.Sample(hasBlocks: true);
        LogBytes last = new LogBytes(hasBlocks: true, first.Position).Add(["SELECT", "0"], ["DEL", "d"]);
        DataFolder folder = DataFolder.Open(new Disk(), Data, out _)!;
        Manifest manifest = new(null, [], []);
        ManifestEntry rdb = manifest.NextBase();
        manifest = manifest.With(manifest.NextIncrement());
        File.WriteAllBytes(folder.PathOf(manifest.Last!), first.Bytes);
        manifest = manifest.With(manifest.NextIncrement());
        File.WriteAllBytes(folder.PathOf(manifest.Last!), last.Bytes);
        byte[] nothing = [.. "REDIS0009"u8, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0];
        File.WriteAllBytes(folder.PathOf(rdb), nothing);
        File.WriteAllBytes(folder.DumpPath, nothing);
        manifest = new Manifest(rdb, [new ManifestEntry("old.aof", 1, ManifestKind.History)], manifest.Increments);
        Assert.Equal(0, folder.Save(manifest));
        folder.Dispose();
        DataDirectory.AwaitUnlocked(Data);
        return last;
    }
}
