using System;
using System.IO;

using Epollsrv.Journal;

using Xunit;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>What is cut off, what is not, and that nothing is lost whatever fails.</summary>
public sealed class LogRepairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LogBytes _log = new LogBytes(hasBlocks: true).Add(["SET", "a", "1"]);
    private readonly NotingDisk _disk = new();

    private string LogPath => _folder["log"];

    private long Good => _log.Bytes.LongLength;

    private string CopyPath => FormattableString.Invariant($"{LogPath}.cut-{Good}");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_cut_off_is_on_the_disk_before_it_is_cut_off()
    {
        LogDamage damage = Damage(new byte[3]);
        Assert.True(LogRepair.TryCut(_disk, damage, isLast: true, 3, out string text), text);
        string copy = Path.GetFileName(CopyPath);
        Assert.Equal(
            ["open log", "open " + copy, "write " + copy, "sync " + copy, "sync " + Path.GetFileName(_folder.Path), "cut log", "sync log"],
            _disk.Notes);
        Assert.Equal(FormattableString.Invariant(
            $"{LogPath}: these bytes begin no record (at offset {Good}); good up to offset {Good}, then 3 bytes up to the end of the file, of which nothing can be read. They were cut off and are kept in {CopyPath}"),
            text);
    }

    [Fact]
    public void A_failure_leaves_the_log_as_it_was()
    {
        foreach (string failing in (string[])["open log", "open log.cut", "write log.cut", "sync log.cut", "sync ", "cut log"])
        {
            LogDamage damage = Damage(new byte[3]);
            _disk.Failing = failing == "sync " ? "sync " + Path.GetFileName(_folder.Path)
                : failing.Replace("log.cut", Path.GetFileName(CopyPath), StringComparison.Ordinal);
            Assert.False(LogRepair.TryCut(_disk, damage, isLast: true, 100, out string text));
            Assert.EndsWith("cut off: input/output error", text, StringComparison.Ordinal);
            Assert.Equal(Good + 3, new FileInfo(LogPath).Length);
            File.Delete(CopyPath);
        }
    }

    [Fact]
    public void Only_a_short_end_of_the_last_file_is_cut_off()
    {
        LogDamage damage = Damage(new byte[100]);
        Refused(damage, isLast: true, 99, "may be cut off (--data-repair 99): raise that, or use epollsrv check --repair --data-repair SIZE");
        Refused(damage, isLast: true, 0, "--data-repair is 0 (aof-load-truncated no): change that, or use epollsrv check --repair");
        Refused(damage, isLast: false, 1000, "Only the end of the last file can be cut off");
        Refused(Damage([.. "\0\0"u8, .. LogBytes.Block(LogBytes.Record("DEL", "a"), _log.Position)]), isLast: true, 1000,
            "restore the data from a replica or a backup");
        Refused(Damage("#HDR:v2;len:0;checksum:0;\r\n"u8.ToArray()), isLast: true, 1000, "Use a newer epollsrv");
    }

    [Fact]
    public void A_file_that_has_grown_is_left_alone()
    {
        LogDamage damage = Damage(new byte[3]);
        File.AppendAllText(LogPath, "x");
        Refused(damage, isLast: true, 1000, "the file has changed meanwhile, something writes to it");
    }

    [Fact]
    public void What_an_earlier_repair_has_kept_stays()
    {
        foreach (byte tail in (byte[])[1, 2, 3])
        {
            Assert.True(LogRepair.TryCut(_disk, Damage([tail]), isLast: true, 10, out _));
        }

        Assert.Equal([[1], [2], [3]],
            (byte[][])[File.ReadAllBytes(CopyPath), File.ReadAllBytes(CopyPath + "-2"), File.ReadAllBytes(CopyPath + "-3")]);
    }

    private LogDamage Damage(byte[] tail)
    {
        File.WriteAllBytes(LogPath, [.. _log.Bytes, .. tail]);
        LogDamage damage = LogBytes.Read(LogPath).Damage!;
        Assert.Equal(Good, damage.Offset);
        return damage;
    }

    private void Refused(LogDamage damage, bool isLast, long limit, string expected)
    {
        Assert.False(LogRepair.TryCut(_disk, damage, isLast, limit, out string text));
        Assert.StartsWith(LogPath + ": ", text, StringComparison.Ordinal);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("cut log", _disk.Notes);
    }
}
