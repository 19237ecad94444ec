using System;
using System.Globalization;
using System.Threading;

namespace Epollsrv.Tests.Differential;

/// <summary>The differences between Redis's replies and the node's that have a name in docs/COMPATIBILITY.md.</summary>
internal static class Differences
{
    /// <summary>Those that random commands meet.</summary>
    public static readonly string[] OfCommands =
    [
        "ttl", "pttl", "expiretime", "pexpiretime", "time", "lastsave", "idle-time", "client-id", "hello", "client-list", "client-info",
            "random-key", "keys", "scan", "info", "config-get", "memory-usage",
        "memory-stats", "latency", "lolwut", "dump", "shared-integers", "command", "command-docs", "help",
    ];

    /// <summary>Those that have a test of their own.</summary>
    public static readonly string[] Others = ["pubsub-channels", "unsubscribe", "pattern-messages", "monitor", "slow-log"];

    /// <summary>What the document explains beside the list: no replies to a command that both have.</summary>
    public static readonly string[] Outside = ["redis-7-2", "other-types", "cluster", "most-arguments", "hello-name", "zero-in-header"];

    // Seconds: the node's clock of 128 ms wraps after 24.8 days, Redis's of a second after 194.
    private const long MostIdle = 2_000_000;

    private static long _longestBatch;

    // Milliseconds that what both executed may be apart: two seconds, and as long as a batch has taken (a machine may stand still).
    private static long Slack => 2000 + Volatile.Read(ref _longestBatch); // pairs with NoteBatch

    /// <summary>Notes how long both servers took for a batch, milliseconds. Any thread.</summary>
    public static void NoteBatch(long milliseconds)
    {
        long seen = Volatile.Read(ref _longestBatch);
        while (milliseconds > seen)
        {
            long was = Interlocked.CompareExchange(ref _longestBatch, milliseconds, seen); // pairs with itself: the largest stays
            if (was == seen)
            {
                return;
            }

            seen = was;
        }
    }

    /// <summary>The name of the difference, or null when these replies should have been the same.</summary>
    public static string? Explain(Request request, Reply redis, Reply node) => request.Name switch
    {
        "TTL" when Near(redis, node, Slack / 1000) => "ttl",
        "PTTL" when Near(redis, node, Slack) => "pttl",
        "EXPIRETIME" when Near(redis, node, Slack / 1000) => "expiretime",
        "PEXPIRETIME" when Near(redis, node, Slack) => "pexpiretime",
        "COMMAND" when request.Words.Count == 1 && ReplyShapes.IsPartOfCommandTable(redis, node) => "command",
        "DUMP" when redis.Text?.StartsWith("\0\u00c3", StringComparison.Ordinal) == true && node.Text?.StartsWith('\0') == true => "dump",
        "TIME" when IsTime(redis, node) => "time",
        "LASTSAVE" when Near(redis, node, 60) => "lastsave",
        "HELLO" when ReplyShapes.IsSameGreeting(redis, node) => "hello",
        "RANDOMKEY" when redis.Type == node.Type && redis.IsNull == node.IsNull => "random-key",
        "KEYS" when ReplyShapes.IsSameSet(redis, node) => "keys",
        "SCAN" when ReplyShapes.IsScanStep(redis) && ReplyShapes.IsScanStep(node)
            && (request.Word(1) != "0" || !IsWhole(redis) || !IsWhole(node)
            || ReplyShapes.IsSameSet(redis.Elements![1], node.Elements![1])) => "scan",
        "INFO" when ReplyShapes.IsInfo(redis, node) => "info",
        "LOLWUT" when redis.Type == node.Type
            && redis.Text!.EndsWith(node.Text![(node.Type == '=' ? "txt:".Length : 0)..], StringComparison.Ordinal) => "lolwut",
        _ => ExplainSubcommand(request, redis, node),
    };

    private static string? ExplainSubcommand(Request request, Reply redis, Reply node) => request.FullName switch
    {
        "OBJECT REFCOUNT" when redis.Text is "1" or "2" or "3" or "2147483647" && node.Text is "1" or "2147483647" => "shared-integers",
        "OBJECT IDLETIME" when redis.IsInteger && node.IsInteger
            && (Near(redis, node, 10) || redis.Integer > node.Integer || node.Integer > MostIdle) => "idle-time",
        "CLIENT SETINFO" or "CLIENT NO-TOUCH" when redis.IsError
            && redis.Text!.StartsWith("ERR unknown subcommand", StringComparison.Ordinal) => "redis-7-2",
        "CLIENT ID" when redis.IsInteger && node.IsInteger => "client-id",
        "CLIENT INFO" when ReplyShapes.AreSameClients(redis, node) => "client-info",
        "CLIENT LIST" when ReplyShapes.AreSameClients(redis, node) || (request.Has("ID") && redis.Type == node.Type && !redis.IsError) =>
            "client-list",
        "COMMAND COUNT" when redis.IsInteger && node.IsInteger && node.Integer < redis.Integer => "command",
        "COMMAND LIST" when ReplyShapes.IsPartOfCommandNames(redis, node) => "command",
        "COMMAND INFO" when request.Words.Count == 2 && ReplyShapes.IsPartOfCommandTable(redis, node) => "command",
        "COMMAND DOCS" when ReplyShapes.IsPartOfDocumentation(redis, node) => "command-docs",
        "CONFIG GET" when ReplyShapes.IsPartOfConfiguration(request, redis, node) => "config-get",
        "MEMORY USAGE" when redis.IsInteger && node.IsInteger && node.Integer > 0 => "memory-usage",
        "MEMORY STATS" when ReplyShapes.AreMemoryStatistics(redis, node) => "memory-stats",
        "LATENCY HISTOGRAM" when ReplyShapes.AreHistograms(redis, node) => "latency",
        "CLIENT HELP" or "CONFIG HELP" or "FUNCTION HELP" or "DEBUG HELP" when ReplyShapes.IsPartOfHelp(redis, node) => "help",
        _ => null,
    };

    private static bool Near(Reply redis, Reply node, long most)
        => redis.IsInteger && node.IsInteger && redis.Integer >= 0 && node.Integer >= 0 && Math.Abs(redis.Integer - node.Integer) <= most;

    // Two bulk strings of digits, at most a minute apart.
    private static bool IsTime(Reply redis, Reply node)
        => redis.Count == 2 && node.Count == 2
            && long.TryParse(redis.Elements![0].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long theirs)
            && long.TryParse(node.Elements![0].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long ours)
            && Math.Abs(theirs - ours) <= 60
            && long.TryParse(node.Elements[1].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
                && microseconds < 1_000_000;

    private static bool IsWhole(Reply scan) => scan.Elements![0].Text == "0";
}
