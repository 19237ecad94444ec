using System;
using System.Collections.Generic;

namespace Epollsrv.Tests.Differential;

/// <summary>The differences between Redis's replies and the node's that have a name in docs/COMPATIBILITY.md.</summary>
internal static class Differences
{
    /// <summary>Those that random commands meet.</summary>
    public static readonly string[] OfCommands =
    [
        "time-to-live", "clock", "idle-time", "client-id", "client-list", "random-key", "order-of-keys", "info", "lolwut", "command-set", "command-docs", "eviction-policies", "config", "memory", "slow-log",
        "latency", "dump", "shared-integers", "help", "redis-7-2",
    ];

    /// <summary>Those that have a test of their own.</summary>
    public static readonly string[] Others = ["order-of-channels", "most-arguments", "zero-in-header", "other-types", "monitor"];

    /// <summary>The name of the difference, or null when these replies should have been the same.</summary>
    public static string? Explain(Request request, Reply redis, Reply node) => request.Name switch
    {
        "TTL" or "EXPIRETIME" when Near(redis, node, 2) => "time-to-live",
        "PTTL" or "PEXPIRETIME" when Near(redis, node, 2000) => "time-to-live",
        "COMMAND" when request.Words.Count == 1 && redis.Type == node.Type => "command-set",
        "DUMP" when redis.Text?.StartsWith("\0\u00c3", StringComparison.Ordinal) == true && node.Text?.StartsWith('\0') == true => "dump",
        "TIME" when redis.Count == 2 && node.Count == 2 => "clock",
        "LASTSAVE" when Near(redis, node, 100_000) => "clock",
        "HELLO" when Greeting(redis, node) => "client-id",
        "RANDOMKEY" when redis.Type == node.Type && redis.IsNull == node.IsNull => "random-key",
        "KEYS" when SameSet(redis, node) => "order-of-keys",
        "SCAN" when redis.Count == 2 && node.Count == 2 => "order-of-keys",
        "INFO" when redis.Type == node.Type => "info",
        "LOLWUT" when redis.Type == node.Type => "lolwut",
        _ => ExplainSubcommand(request, redis, node),
    };

    private static string? ExplainSubcommand(Request request, Reply redis, Reply node) => request.FullName switch
    {
        "OBJECT REFCOUNT" when redis.IsInteger && node.IsInteger => "shared-integers",
        "OBJECT IDLETIME" when Near(redis, node, 100) => "idle-time",
        "CLIENT SETINFO" or "CLIENT NO-TOUCH" when redis.IsError && redis.Text!.StartsWith("ERR unknown subcommand", StringComparison.Ordinal) => "redis-7-2",
        "CLIENT ID" when redis.IsInteger && node.IsInteger => "client-id",
        "CLIENT INFO" or "CLIENT LIST" when redis.Type == node.Type && !redis.IsError => "client-list",
        "COMMAND COUNT" when redis.IsInteger && node.IsInteger => "command-set",
        "COMMAND LIST" when redis.Type == node.Type && !redis.IsError => "command-set",
        "COMMAND INFO" when request.Words.Count == 2 && redis.Type == node.Type => "command-set",
        "COMMAND DOCS" when redis.Type == node.Type && !redis.IsError => "command-docs",
        "CONFIG SET" when request.Has("MAXMEMORY-POLICY") && redis.IsError && node.IsError && redis.Text!.Contains("must be one of", StringComparison.Ordinal) && node.Text!.Contains("must be one of", StringComparison.Ordinal) => "eviction-policies",
        "CONFIG GET" when redis.Type == node.Type && !redis.IsError => "config",
        "MEMORY USAGE" when redis.IsInteger && node.IsInteger => "memory",
        "MEMORY STATS" or "MEMORY DOCTOR" when redis.Type == node.Type && !redis.IsError => "memory",
        "SLOWLOG GET" or "SLOWLOG LEN" when redis.Type == node.Type && !redis.IsError => "slow-log",
        "LATENCY HISTOGRAM" when redis.Type == node.Type && !redis.IsError => "latency",
        _ => request.Words.Count == 2 && request.Upper(1) == "HELP" && redis.Type == '*' && node.Type == '*' ? "help" : null,
    };

    private static bool Near(Reply redis, Reply node, long most)
        => redis.IsInteger && node.IsInteger && redis.Integer >= 0 && node.Integer >= 0 && Math.Abs(redis.Integer - node.Integer) <= most;

    private static bool SameSet(Reply redis, Reply node)
    {
        if (redis.Type != node.Type || redis.Count != node.Count || redis.Elements is null)
        {
            return false;
        }

        HashSet<string> names = [];
        redis.Elements.ForEach(element => names.Add(element.Text!));
        return node.Elements!.TrueForAll(element => names.Contains(element.Text!));
    }

    // server, version, proto, id, mode, role, modules.
    private static bool Greeting(Reply redis, Reply node)
    {
        if (redis.Count != 14 || node.Count != 14 || redis.Type != node.Type)
        {
            return false;
        }

        for (int i = 0; i < 14; i++)
        {
            if (i != 7 && !redis.Elements![i].Same(node.Elements![i]))
            {
                return false;
            }
        }

        return true;
    }
}
