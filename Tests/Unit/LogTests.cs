using System;
using System.Text;

using Epollsrv.Node;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The form of a log line, the journal's detection, and the limit on events that repeat.</summary>
public sealed class LogTests
{
    private const long Wall = 1_769_862_896_789_000_000; // 2026-01-31 12:34:56.789

    [Theory]
    [InlineData(LogLevel.Error, "error")]
    [InlineData(LogLevel.Warning, "warning")]
    [InlineData(LogLevel.Info, "info")]
    [InlineData(LogLevel.Debug, "debug")]
    public void A_line_has_time_level_and_text(object level, string name)
        => Assert.Equal("2026-01-31T12:34:56.789Z " + name + " listening on 127.0.0.1:6379\n",
            Format((LogLevel)level, "listening on 127.0.0.1:6379", journal: false));

    [Theory]
    [InlineData(LogLevel.Error, "<3>")]
    [InlineData(LogLevel.Warning, "<4>")]
    [InlineData(LogLevel.Info, "<6>")]
    [InlineData(LogLevel.Debug, "<7>")]
    public void In_the_journal_a_line_has_its_priority_and_no_time(object level, string prefix)
        => Assert.Equal(prefix + "text\n", Format((LogLevel)level, "text", journal: true));

    [Fact]
    public void A_line_stays_one_line_whatever_the_text()
        => Assert.Equal("<6>a?b?c?[31m?naïve\n", Format(LogLevel.Info, "a\nb\rc\u001b[31m\u009bnaïve", journal: true));

    [Fact]
    public void A_text_of_any_length_and_of_broken_surrogates_fits()
    {
        string line = Format(LogLevel.Warning, new string('\ud83d', 100_000), journal: false);
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 2000, 2100);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0:0")]
    [InlineData("a:b")]
    [InlineData("1:2:3")]
    public void Another_stream_is_not_the_journal(string? variable) => Assert.False(Log.IsJournal(variable, 2));

    [Fact]
    public void The_stream_that_the_variable_names_is_the_journal()
    {
        using System.IO.FileStream file =
            new(System.IO.Path.GetTempFileName(), System.IO.FileMode.Open, System.IO.FileAccess.ReadWrite, System.IO.FileShare.Delete, 1,
            System.IO.FileOptions.DeleteOnClose);
        using System.Diagnostics.Process stat =
            System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%d:%i", file.Name]) { RedirectStandardOutput = true })!;
        string variable = stat.StandardOutput.ReadToEnd().Trim();
        stat.WaitForExit();
        Assert.True(Log.IsJournal(variable, (int)file.SafeFileHandle.DangerousGetHandle()));
        Assert.False(Log.IsJournal(variable + "1", (int)file.SafeFileHandle.DangerousGetHandle()));
    }

    private static string Format(LogLevel level, string text, bool journal)
    {
        byte[] line = new byte[LogLine.Capacity];
        int length = LogLine.FormatText(line, level, text, journal, Wall);
        return Encoding.UTF8.GetString(line, 0, length);
    }
}
