using System;

using Epollsrv.Commands;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>What a command line gives when it is right; what it says when it is wrong is in OptionSetMistakesTests.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class OptionSetTests
{
    private static OptionSet Sample() => new OptionSet("sample", "A command for tests.", "KEY [VALUE...]")
        .Text("conf", null, "The ring's file.", "FILE").Letter('c')
        .List("bind", "127.0.0.1", "Addresses.")
        .Integer("workers", 0, 0, 1024, "Threads.")
        .Size("max-value", "64mb", 1, 1L << 30, "Largest value.")
        .Duration("timeout", "2s", "Longest wait.", minimum: 1)
        .Duration("idle", "off", "Idle time.")
        .Choice("dispatch", "adaptive", "queue|adaptive", "Who works.")
        .Flag("open", "No password.");

    [Fact]
    public void Without_options_every_value_is_its_default()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["key"]));
        Assert.Null(options.GetText("conf"));
        Assert.Equal(["127.0.0.1"], options.GetList("bind"));
        Assert.Equal(0, options.GetInteger("workers"));
        Assert.Equal(64L << 20, options.GetSize("max-value"));
        Assert.Equal(2_000_000_000L, options.GetDuration("timeout"));
        Assert.Equal(2000, options.GetMilliseconds("timeout"));
        Assert.Equal(0L, options.GetDuration("idle"));
        Assert.Equal(1, options.GetChoice("dispatch"));
        Assert.Equal("adaptive", options.GetText("dispatch"));
        Assert.False(options.GetFlag("open"));
        Assert.False(options.IsSet("conf"));
        Assert.Equal(["key"], options.Positional);
        Assert.Null(options.Complaint);
    }

    [Fact]
    public void A_value_may_follow_an_equals_sign_or_be_the_next_argument()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn,
            options.Parse(["--conf=ring=1", "--workers", "7", "key", "--max-value=1kb", "--dispatch", "queue", "--timeout=150ms",
            "--open"]));
        Assert.Equal("ring=1", options.GetText("conf"));
        Assert.Equal(7, options.GetInteger("workers"));
        Assert.Equal(1024, options.GetSize("max-value"));
        Assert.Equal(0, options.GetChoice("dispatch"));
        Assert.Equal(150_000_000, options.GetDuration("timeout"));
        Assert.True(options.GetFlag("open"));
        Assert.True(options.IsSet("conf"));
        Assert.Equal(["key"], options.Positional);
    }

    [Fact]
    public void A_flag_takes_yes_and_no_only_after_an_equals_sign()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["--open=yes", "--open=no", "no"]));
        Assert.False(options.GetFlag("open"));
        Assert.Equal(["no"], options.Positional);
    }

    [Fact]
    public void An_empty_value_after_an_equals_sign_is_a_value()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["key", "--conf="]));
        Assert.Equal(string.Empty, options.GetText("conf"));
        Assert.True(options.IsSet("conf"));
    }

    [Fact]
    public void A_letter_is_a_second_name()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["-c", "ring", "key"]));
        Assert.Equal("ring", options.GetText("conf"));
    }

    [Fact]
    public void A_list_grows_by_repeating_and_by_commas_and_forgets_its_default()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["key", "--bind", "10.0.0.1, ::1", "--bind=unix:/run/x"]));
        Assert.Equal(["10.0.0.1", "::1", "unix:/run/x"], options.GetList("bind"));
        Assert.Equal("10.0.0.1,::1,unix:/run/x", options.GetText("bind"));
    }

    [Fact]
    public void The_last_of_several_values_counts()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["key", "--workers", "1", "--workers=2"]));
        Assert.Equal(2, options.GetInteger("workers"));
    }

    [Fact]
    public void Two_dashes_end_the_options_and_a_dash_or_a_negative_number_is_an_argument()
    {
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["-", "-5", "--open", "--", "--open", "--", "-x"]));
        Assert.Equal(["-", "-5", "--open", "--", "-x"], options.Positional);
        Assert.True(options.GetFlag("open"));
    }

    [Fact]
    public void Help_ends_the_command_with_success_whatever_else_is_wrong()
    {
        Assert.Equal(ExitCode.Success, Sample().Parse(["--nonsense", "--help"]));
        Assert.Equal(ExitCode.Success, Sample().Parse(["-h"]));
    }

    [Fact]
    public void Help_names_every_option_with_its_default_within_80_columns()
    {
        OptionSet options = Sample().Text("long", null, string.Join(' ', System.Linq.Enumerable.Repeat("word", 60)))
            .Choice("protocol", "cs", "cs|resp|http|something|else|and|more", "A name too long for its column.");
        string[] lines = options.HelpText().Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal("Usage: epollsrv sample KEY [VALUE...] [OPTION...]", lines[0]);
        Assert.Contains("  -c, --conf FILE   The ring's file.", lines);
        Assert.Contains(lines, line => line.StartsWith("  --max-value SIZE ", StringComparison.Ordinal)
            && line.EndsWith("Largest value. [64mb]", StringComparison.Ordinal));
        Assert.Contains("  --protocol cs|resp|http|something|else|and|more", lines);
        Assert.Contains("EPOLLSRV_CONF", options.HelpText(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_gives_a_value_and_the_command_line_overrides_it()
    {
        using EnvironmentVariables variables =
            new(("EPOLLSRV_WORKERS", "3"), ("EPOLLSRV_MAX_VALUE", "2kb"), ("EPOLLSRV_BIND", "10.0.0.1,10.0.0.2"), ("EPOLLSRV_OPEN", "yes"),
            ("EPOLLSRV_IDLE", ""));
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["key", "--bind=::1", "--max-value=3kb"]));
        Assert.Equal(3, options.GetInteger("workers"));
        Assert.Equal(3072, options.GetSize("max-value"));
        Assert.Equal(["::1"], options.GetList("bind"));
        Assert.True(options.GetFlag("open"));
        Assert.True(options.IsSet("workers"));
        Assert.False(options.IsSet("idle"));
    }

    [Fact]
    public void A_service_link_of_Kubernetes_is_not_taken_for_a_number()
    {
        using EnvironmentVariables variables = new(("EPOLLSRV_WORKERS", "tcp://10.0.0.1:6379"));
        OptionSet options = Sample();
        Assert.Equal(OptionSet.GoOn, options.Parse(["key"]));
        Assert.False(options.IsSet("workers"));
    }

    [Fact]
    public void Asking_for_what_was_not_declared_throws()
    {
        OptionSet options = Sample();
        _ = options.Parse(["key"]);
        _ = Assert.Throws<ArgumentException>(() => options.GetText("confg"));
        _ = Assert.Throws<ArgumentException>(() => options.GetInteger("conf"));
        _ = Assert.Throws<ArgumentException>(
            () => new OptionSet("x", "y", string.Empty).Choice("dispatch", "both", "queue|adaptive", "help"));
    }
}
