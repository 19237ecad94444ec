using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

using Epollsrv.Tests.Integration;

using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Differential;

/// <summary>
/// Redis's replies and the node's, byte for byte: see docs/COMPATIBILITY.md. DIFFERENTIAL_COMMANDS says how many commands in all
/// (a million), DIFFERENTIAL_SEED which seed is the first of ten (1, so that a run can be repeated).
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Differential")]
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int Seeds = 10;
    private const int MostDifferences = 30;
    private const int Least = 100;

    private static readonly string[] _parameters =
        ["client-output-buffer-limit", "io-threads", "maxclients", "maxmemory-samples", "proto-max-bulk-len", "repl-backlog-size",
            "tcp-backlog"];

    private static readonly string[] _unknown =
    [
        "tls-*", "cluster-*", "acl*", "cluster-announce-*", "*_cpulist", "syslog-*", "shutdown-on-*", "oom-score-adj*",
            "enable-module-command", "protected-mode",
        "activedefrag", "aof-disable-auto-gc", "always-show-logo", "bind-source-addr", "disable-thp",
            "ignore-warnings", "io-threads-do-reads", "proc-title-template", "propagation-error-behavior",
        "rdbchecksum", "repl-diskless-load", "set-proc-title", "socket-mark-id", "unixsocketperm",
    ];

    private static int FirstSeed => (int)Number("DIFFERENTIAL_SEED", 1);

    [Fact]
    public async Task A_million_random_commands_are_answered_as_by_redis()
    {
        long commands = Number("DIFFERENTIAL_COMMANDS", 1_000_000);
        using DifferentialRun run = new(PublishedNode.Program);
        using DifferentialRun other = new(PublishedNode.Program);
        StringWriter log = new();
        StringWriter otherLog = new();

        // Two pairs of servers at the same time: each waits for its own most of the time.
        Task second = Task.Run(() => RunSeeds(other, FirstSeed + (Seeds / 2), commands / Seeds, otherLog));
        RunSeeds(run, FirstSeed, commands / Seeds, log);
        await second;
        log.Write(otherLog);
        run.Add(other);
        run.Complete(FirstSeed, Least);
        string report = log + run.Summary();
        output.WriteLine(report);
        if (Environment.GetEnvironmentVariable("DIFFERENTIAL_REPORT") is { Length: > 0 } path)
        {
            File.WriteAllText(path, report);
        }

        Assert.True(run.Comparison.Mismatches == 0, run.Comparison.Describe());

        List<string> missing = run.Coverage.Below(Least);
        Assert.True(missing.Count == 0, "too seldom: " + string.Join(", ", missing));
        foreach (string name in Differences.OfCommands)
        {
            Assert.True(run.Comparison.Named.ContainsKey(name), "listed, but not seen: " + name);
        }
    }

    [Fact]
    public void Messages_notifications_and_muted_replies_are_those_of_redis()
    {
        using MessagesRun run = new(PublishedNode.Program, FirstSeed);
        run.Run(15_000);
        output.WriteLine(run.Coverage.ToString());
        Assert.True(run.Comparison.Mismatches == 0, run.Comparison.Describe());
        Assert.Empty(run.Coverage.Below(Least));
        Assert.Contains("pubsub-channels", run.Comparison.Named.Keys);
        Assert.Contains("unsubscribe", run.Comparison.Named.Keys);
        Assert.Contains("pattern-messages", run.Comparison.Named.Keys);
    }

    [Fact]
    public void Before_and_after_a_password_the_replies_are_those_of_redis()
    {
        using PasswordRun run = new(PublishedNode.Program, FirstSeed);
        run.Run(150);
        foreach (string text in (
            string[])["*11\r\n", "*10\r\n", "*1\r\n$16385\r\n", "*1\r\n$4\r\nPING\r\n*1\r\n$16384\r\n",
            "PING\r\nGET a\r\nQUIT\r\nPING\r\n"])
        {
            run.RunRaw(text);
        }

        run.RunHelloName();
        Assert.True(run.Comparison.Mismatches == 0, run.Comparison.Describe());
        Assert.Contains("hello-name", run.Comparison.Named.Keys);
    }

    [Fact]
    public void Streams_that_break_the_protocol_are_answered_as_by_redis()
    {
        using RawRun run = new(PublishedNode.Program, FirstSeed);
        run.Run(3000);
        run.RunZeroInHeader();
        Assert.True(run.Comparison.Mismatches == 0, run.Comparison.Describe());
        Assert.Contains("most-arguments", run.Comparison.Named.Keys);
        Assert.Contains("zero-in-header", run.Comparison.Named.Keys);
    }

    [Fact]
    public void Commands_that_do_not_exist_here_are_unknown_in_the_words_of_redis()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareCommandSets());
    }

    [Fact]
    public void Monitor_shows_the_same_commands()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareMonitors(FirstSeed));
    }

    [Fact]
    public void The_slow_log_shows_the_same_commands()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareSlowLogs(FirstSeed));
    }

    [Fact]
    public void Without_memory_the_same_is_refused()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareWithoutMemory());
    }

    [Fact]
    public void Watched_keys_end_the_same_transactions()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareWatches(FirstSeed));
    }

    [Fact]
    public void Under_an_LFU_policy_uses_are_counted_alike()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareFrequencies());
    }

    [Fact]
    public void Parameters_begin_with_the_values_of_redis_but_for_those_listed()
    {
        using ServerRun run = new(PublishedNode.Program);
        SortedSet<string> differing = run.CompareParameters();

        // What the test itself starts the two servers with.
        differing.ExceptWith(["bind", "dir", "dynamic-hz", "enable-debug-command", "hz", "port", "unixsocket"]);
        differing.ExceptWith(_parameters);
        Assert.Empty(differing);
    }

    [Fact]
    public void Parameters_that_do_not_exist_here_are_those_listed()
    {
        using ServerRun run = new(PublishedNode.Program);
        SortedSet<string> unknown = run.UnknownParameters();
        Assert.All(unknown, name => Assert.Contains(_unknown, pattern => FileSystemName.MatchesSimpleExpression(pattern, name)));
        Assert.All(_unknown, pattern => Assert.Contains(unknown, name => FileSystemName.MatchesSimpleExpression(pattern, name)));
    }

    [Fact]
    public void Shutdown_ends_both_without_a_reply()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareShutdowns());
    }

    [Fact]
    public void Keys_with_a_short_time_are_gone_in_both()
    {
        using ServerRun run = new(PublishedNode.Program);
        AssertSame(run.CompareShortLives());
    }

    [Fact]
    public void The_document_lists_the_differences_that_are_checked_and_no_others()
    {
        string document = File.ReadAllText(
            Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(PublishedNode.Program))!, "docs", "COMPATIBILITY.md"), Encoding.UTF8);
        SortedSet<string> listed = new(StringComparer.Ordinal);
        foreach (Match match in Regex.Matches(document, "^\\| `([a-z0-9-]+)` \\|", RegexOptions.Multiline))
        {
            Assert.True(listed.Add(match.Groups[1].Value), "twice: " + match.Groups[1].Value);
        }

        Assert.Equal(new SortedSet<string>([.. Differences.OfCommands, .. Differences.Others], StringComparer.Ordinal), listed);
        Assert.InRange(listed.Count, 1, MostDifferences);
        Assert.All(_unknown, name => Assert.Contains("`" + name + "`", document, StringComparison.Ordinal));
        Assert.All([.. _parameters, "save"], name => Assert.Contains("`" + name + "`", document, StringComparison.Ordinal));
        Assert.All(Differences.Outside, name => Assert.Contains("- `" + name + "`", document, StringComparison.Ordinal));
    }

    // Said in full, unlike what Assert.Equal makes of a long text.
    private static void AssertSame(string difference) => Assert.True(difference.Length == 0, difference);

    private static void RunSeeds(DifferentialRun run, int first, long commands, TextWriter log)
    {
        for (int i = 0; i < Seeds / 2; i++)
        {
            run.Run(first + i, commands, log);
        }
    }

    private static long Number(string variable, long ordinary)
        => long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number : ordinary;
}
