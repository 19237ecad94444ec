using System;

using Epollsrv.Commands;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>Every mistake of a command line: exit code 64 and one line that names the option, the value, and what is allowed.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class OptionSetMistakesTests
{
    private static OptionSet Sample() => new OptionSet("sample", "A command for tests.", "KEY [VALUE]")
        .Text("mistake-conf", null, "The ring's file.", "FILE").Letter('c')
        .List("mistake-bind", null, "Addresses.")
        .Integer("mistake-workers", 0, 0, 1024, "Threads.")
        .Size("mistake-size", "64mb", 1, 1L << 30, "Largest value.")
        .Duration("mistake-timeout", "2s", "Longest wait.", minimum: 1_000_000)
        .Choice("mistake-dispatch", "adaptive", "queue|adaptive", "Who works.")
        .Flag("mistake-open", "No password.");

    [Theory]
    [InlineData("--mistake-worker 1", "--mistake-worker: unknown option; did you mean --mistake-workers?")]
    [InlineData("--hepl", "--hepl: unknown option; did you mean --help?")]
    [InlineData("--zzzzzzzzzz=1", "--zzzzzzzzzz: unknown option. ")]
    [InlineData("-x", "-x: unknown option. ")]
    [InlineData("-cring", "-cring: unknown option. ")]
    [InlineData("--=x", "--: unknown option. ")]
    [InlineData("--mistake-conf", "--mistake-conf: a value is missing; allowed: --mistake-conf FILE. ")]
    [InlineData("-c", "-c: a value is missing; allowed: -c FILE. ")]
    [InlineData("--mistake-conf --mistake-open",
        "--mistake-conf: a value is missing; allowed: --mistake-conf FILE, or --mistake-conf=FILE for one that begins with a dash")]
    [InlineData("--mistake-workers x", "--mistake-workers: \"x\" is not a whole number; allowed: 0 to 1024")]
    [InlineData("--mistake-workers=", "--mistake-workers: \"\" is not a whole number; allowed: 0 to 1024")]
    [InlineData("--mistake-workers 1.5", "\"1.5\" is not a whole number")]
    [InlineData("--mistake-workers 0x10", "\"0x10\" is not a whole number")]
    [InlineData("--mistake-workers=+1", "\"+1\" is not a whole number")]
    [InlineData("--mistake-workers=-1", "--mistake-workers: \"-1\" is out of range; allowed: 0 to 1024")]
    [InlineData("--mistake-workers -1", "--mistake-workers: \"-1\" is out of range; allowed: 0 to 1024")]
    [InlineData("--mistake-workers 1025", "\"1025\" is out of range; allowed: 0 to 1024")]
    [InlineData("--mistake-workers 99999999999999999999", "\"99999999999999999999\" is not a whole number")]
    [InlineData(
        "--mistake-size 1x",
        "--mistake-size: \"1x\" is not a size; allowed: bytes, or a number with kb, mb, gb or tb (k, m, g, t: thousands), 1 to 1gb")]
    [InlineData("--mistake-size 0", "\"0\" is out of range; allowed: 1 to 1gb")]
    [InlineData("--mistake-size 2gb", "\"2gb\" is out of range; allowed: 1 to 1gb")]
    [InlineData("--mistake-size 9999999999tb", "\"9999999999tb\" is not a size")]
    [InlineData("--mistake-timeout 30", "--mistake-timeout: \"30\" is not a time; allowed: a number with ms, s, m or h, 1ms to 1000h")]
    [InlineData("--mistake-timeout off", "--mistake-timeout: \"off\" is out of range; allowed: 1ms to 1000h")]
    [InlineData("--mistake-timeout 2000h", "\"2000h\" is out of range")]
    [InlineData("--mistake-dispatch both", "--mistake-dispatch: \"both\" is not one of the choices; allowed: queue, adaptive")]
    [InlineData("--mistake-dispatch=", "--mistake-dispatch: \"\" is not one of the choices")]
    [InlineData("--mistake-open=maybe", "--mistake-open: \"maybe\" is neither yes nor no")]
    [InlineData("--mistake-bind a,,b", "--mistake-bind: \"a,,b\" has an empty element")]
    [InlineData("second third", "\"third\": one argument too many; allowed: KEY [VALUE]")]
    public void A_wrong_command_line_is_named_and_ends_with_64(string arguments, string expected)
    {
        OptionSet options = Sample();
        Assert.Equal(ExitCode.Usage, options.Parse(("key " + arguments).Split(' ')));
        AssertComplaint(options, expected);
    }

    [Fact]
    public void A_missing_argument_is_named()
    {
        OptionSet options = Sample();
        Assert.Equal(ExitCode.Usage, options.Parse(["--mistake-open"]));
        AssertComplaint(options, "KEY is missing");
    }

    [Fact]
    public void An_argument_of_a_command_without_arguments_is_refused()
    {
        OptionSet options = new("sample", "A command for tests.", string.Empty);
        Assert.Equal(ExitCode.Usage, options.Parse(["yes"]));
        AssertComplaint(options, "\"yes\": takes no arguments");
    }

    [Fact]
    public void Only_the_first_mistake_is_told()
    {
        OptionSet options = Sample();
        Assert.Equal(ExitCode.Usage, options.Parse(["--mistake-workers=x", "--mistake-size=x", "1", "2", "3"]));
        AssertComplaint(options, "--mistake-workers");
        Assert.DoesNotContain("--mistake-size", options.Complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EPOLLSRV_MISTAKE_WORKERS", "many", "EPOLLSRV_MISTAKE_WORKERS: \"many\" is not a whole number; allowed: 0 to 1024")]
    [InlineData("EPOLLSRV_MISTAKE_OPEN", "on", "EPOLLSRV_MISTAKE_OPEN: \"on\" is neither yes nor no")]
    [InlineData("EPOLLSRV_MISTAKE_BIND", "a,", "EPOLLSRV_MISTAKE_BIND: \"a,\" has an empty element")]
    public void A_wrong_value_in_the_environment_is_told_with_the_variables_name(string name, string value, string expected)
    {
        using EnvironmentVariables variables = new((name, value));
        OptionSet options = Sample();
        Assert.Equal(ExitCode.Usage, options.Parse(["key"]));
        AssertComplaint(options, expected);
    }

    [Fact]
    public void What_was_typed_is_shown_on_one_line_and_not_longer_than_one()
    {
        OptionSet options = Sample();
        Assert.Equal(ExitCode.Usage, options.Parse(["key", "--mistake-workers", "1\n\u001b[31m" + new string('x', 5000)]));
        Assert.Single(options.Complaint!.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain('\u001b', options.Complaint);
        Assert.InRange(options.Complaint!.Length, 10, 300);
    }

    [Fact]
    public void A_command_reports_its_own_mistakes_in_the_same_form()
    {
        OptionSet options = Sample();
        Assert.Equal(ExitCode.Usage, options.Refuse("--id: needs --conf"));
        Assert.Equal("epollsrv sample: --id: needs --conf. See: epollsrv sample --help\n", options.Complaint);
    }

    private static void AssertComplaint(OptionSet options, string expected)
    {
        Assert.Contains(expected, options.Complaint, StringComparison.Ordinal);
        Assert.StartsWith("epollsrv sample: ", options.Complaint, StringComparison.Ordinal);
        Assert.EndsWith("See: epollsrv sample --help\n", options.Complaint, StringComparison.Ordinal);
        Assert.Equal(1, options.Complaint!.Split('\n').Length - 1);
    }
}
