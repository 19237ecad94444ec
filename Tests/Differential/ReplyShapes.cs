using System;
using System.Collections.Generic;
using System.Text.RegularExpressions;

namespace Epollsrv.Tests.Differential;

/// <summary>What must be the same of two replies that may differ in measured values, in order, or in how much there is.</summary>
internal static partial class ReplyShapes
{
    // Fields of INFO that the node does not have.
    private static readonly HashSet<string> _withoutMeaning =
    [
        "atomicvar_api", "gcc_version", "used_memory_vm_eval", "used_memory_scripts_eval", "used_memory_vm_functions",
            "used_memory_vm_total", "used_memory_vm_total_human", "used_memory_functions",
        "aof_rewrites", "aof_rewrites_consecutive_failures", "used_cpu_sys_main_thread", "used_cpu_user_main_thread",
    ];

    /// <summary>What Redis has since 7.2, and so does the node.</summary>
    public static readonly HashSet<string> Later = ["config|reload", "client|setinfo", "client|no-touch", "waitaof"];

    /// <summary>HELLO: server, version, proto, id, mode, role, modules; all but the id.</summary>
    public static bool IsSameGreeting(Reply redis, Reply node)
    {
        if (redis.Count != 14 || node.Count != 14 || redis.Type != node.Type)
        {
            return false;
        }

        for (int i = 0; i < 14; i++)
        {
            if (i == 7 ? !node.Elements![i].IsInteger : !redis.Elements![i].Same(node.Elements![i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Strings without an order.</summary>
    public static bool IsSameSet(Reply redis, Reply node) => redis.Type == node.Type && redis.Count == node.Count && IsPart(redis, node);

    /// <summary>A cursor and keys.</summary>
    public static bool IsScanStep(Reply reply) => reply.Count == 2 && ulong.TryParse(reply.Elements![0].Text, out _)
        && reply.Elements[1].Elements is not null;

    /// <summary>The same sections in the same order, the same fields but those that are listed, and the keyspace by value.</summary>
    public static bool IsInfo(Reply redis, Reply node)
    {
        if (redis.Type != node.Type || redis.Text is null || node.Text is null)
        {
            return false;
        }

        List<string> theirs = Fields(redis.Text, out List<string> theirSections, out string? theirKeys);
        List<string> ours = Fields(node.Text, out List<string> ourSections, out string? ourKeys);
        _ = ourSections.RemoveAll(section => !theirSections.Contains(section));
        return string.Join(',', ourSections) == string.Join(
            ',', theirSections.FindAll(section => section is not ("# Modules" or "# Cluster") || ourSections.Contains(section)))
            && theirKeys == ourKeys && ours.TrueForAll(theirs.Contains)
                && theirs.TrueForAll(field => ours.Contains(field) || _withoutMeaning.Contains(field));
    }

    /// <summary>Lines of clients: all values but those that describe the
    /// process; Redis 7.2's lib-name and lib-ver are the node's alone.</summary>
    public static bool AreSameClients(Reply redis, Reply node)
        => redis.Type == node.Type && redis.Text is not null && node.Text is not null
            && string.Join('\n', Clients(redis.Text)) == string.Join('\n', Clients(node.Text));

    /// <summary>COMMAND: each entry of the node is Redis's, but for containers, which have fewer subcommands.</summary>
    public static bool IsPartOfCommandTable(Reply redis, Reply node)
    {
        if (redis.Type != node.Type || redis.Elements is null || node.Elements is null)
        {
            return false;
        }

        Dictionary<string, Reply> theirs = [];
        redis.Elements.ForEach(entry => theirs[entry.Elements![0].Text!] = entry);
        return node.Elements.TrueForAll(
            entry => Later.Contains(entry.Elements![0].Text!)
                || (theirs.TryGetValue(entry.Elements[0].Text!, out Reply? same) && (entry.Same(same) || same.Elements![^1].Count > 0)));
    }

    /// <summary>COMMAND LIST: names that Redis has too, or has since 7.2.</summary>
    public static bool IsPartOfCommandNames(Reply redis, Reply node)
        => redis.Type == node.Type && redis.Elements is not null
            && IsPart(redis, new Reply(node.Type, null, node.Elements!.FindAll(name => !Later.Contains(name.Text!))));

    /// <summary>COMMAND DOCS: of each command the node says what Redis says, but that
    /// containers may lack subcommands, and have them in another order.</summary>
    public static bool IsPartOfDocumentation(Reply redis, Reply node)
        => redis.Type == node.Type && IsPartOfMap(redis, node, IsDescription);

    // Fields in pairs; the last one may be the subcommands.
    private static bool IsDescription(Reply theirs, Reply ours)
    {
        int fields = theirs.Elements!.FindIndex(field => field.Text == "subcommands");
        if (fields < 0)
        {
            return theirs.Same(ours);
        }

        for (int i = 0; i < fields; i++)
        {
            if (i >= ours.Count || !theirs.Elements[i].Same(ours.Elements![i]))
            {
                return false;
            }
        }

        return ours.Count == fields
            || (ours.Count == fields + 2 && IsPartOfMap(theirs.Elements[fields + 1], ours.Elements![fields + 1], IsDescription));
    }

    /// <summary>CONFIG GET: names without pattern signs have Redis's values; a pattern
    /// finds the parameters that exist here, which Redis has as well.</summary>
    public static bool IsPartOfConfiguration(Request request, Reply redis, Reply node)
    {
        bool byPattern = false;
        for (int i = 2; i < request.Words.Count; i++)
        {
            byPattern |= request.Word(i).AsSpan().ContainsAny('*', '?', '[');
        }

        return redis.Type == node.Type
            && (byPattern ? IsPartOfMap(redis, node, (_, _) => true) : redis.Count == node.Count && IsPartOfMap(redis, node, IsSameText));
    }

    /// <summary>MEMORY STATS: Redis's names, and as many keys.</summary>
    public static bool AreMemoryStatistics(Reply redis, Reply node)
        => redis.Type == node.Type && redis.Elements is not null && node.Elements is not null
            && redis.Elements[redis.Elements.FindIndex(name => name.Text == "keys.count") + 1].Same(
                node.Elements[node.Elements.FindIndex(name => name.Text == "keys.count") + 1]);

    /// <summary>LATENCY HISTOGRAM: of each command calls, and pairs of microseconds and calls.</summary>
    public static bool AreHistograms(Reply redis, Reply node)
    {
        for (int i = 1; redis.Type == node.Type && i < node.Count; i += 2)
        {
            Reply entry = node.Elements![i];
            if (entry.Count != 4 || entry.Elements![0].Text != "calls" || !entry.Elements[1].IsInteger
                || entry.Elements[2].Text != "histogram_usec" || entry.Elements[3].Count % 2 != 0)
            {
                return false;
            }
        }

        return redis.Type == node.Type && node.Elements is not null;
    }

    /// <summary>HELP: lines of Redis in its order, and what only 7.2 has.</summary>
    public static bool IsPartOfHelp(Reply redis, Reply node)
    {
        if (redis.Elements is null || node.Elements is null)
        {
            return false;
        }

        int at = 0;
        foreach (Reply line in node.Elements)
        {
            int found = redis.Elements.FindIndex(at, line.Same);
            if (found < 0 && !line.Text!.StartsWith("SETINFO ", StringComparison.Ordinal)
                && line.Text is not ("RELOAD" or "    Read the files of settings again.")
                && !line.Text.StartsWith("NO-TOUCH ", StringComparison.Ordinal) && !redis.Elements.Exists(line.Same)
                && !line.Text.StartsWith("    Set client meta attr", StringComparison.Ordinal)
                    && !line.Text.StartsWith("    Will not touch", StringComparison.Ordinal))
            {
                return false;
            }

            at = found < 0 ? at : found + 1;
        }

        return true;
    }

    private static bool IsSameText(Reply theirs, Reply ours) => theirs.Same(ours);

    private static bool IsPart(Reply redis, Reply node)
    {
        HashSet<string> names = [];
        redis.Elements?.ForEach(element => names.Add(element.Text!));
        return redis.Elements is not null && node.Elements!.TrueForAll(element => names.Contains(element.Text!));
    }

    // Names and values alternate; every name of the node is one of Redis's, with a value that fits its.
    private static bool IsPartOfMap(Reply redis, Reply node, Func<Reply, Reply, bool> fits)
    {
        Dictionary<string, Reply> theirs = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < redis.Count; i += 2)
        {
            theirs[redis.Elements![i].Text!] = redis.Elements[i + 1];
        }

        for (int i = 0; i < node.Count; i += 2)
        {
            string name = node.Elements![i].Text!;
            if (!Later.Contains(name) && (!theirs.TryGetValue(name, out Reply? value) || !fits(value, node.Elements[i + 1])))
            {
                return false;
            }
        }

        return redis.Elements is not null && node.Elements is not null;
    }

    private static List<string> Fields(string info, out List<string> sections, out string? keys)
    {
        List<string> fields = [];
        sections = [];
        keys = null;
        foreach (string line in info.Split("\r\n"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line.StartsWith('#'))
            {
                sections.Add(line);
            }
            else if (line.StartsWith("db0:", StringComparison.Ordinal))
            {
                keys = line[..line.IndexOf(",avg_ttl", StringComparison.Ordinal)];
            }
            else if (colon > 0 && sections.Count > 0 && sections[^1] is not ("# Commandstats" or "# Latencystats" or "# Errorstats")
                && line[..colon] != "epollsrv_version")
            {
                fields.Add(line[..colon]);
            }
        }

        return fields;
    }

    private static List<string> Clients(string lines)
    {
        List<string> clients = [];
        foreach (string line in lines.Replace("txt:", string.Empty, StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // What Redis does not know is no last command there.
            clients.Add(LaterFields().Replace(ProcessFields().Replace(line, "$1=?"), string.Empty)
                .Replace("cmd=client|setinfo", "cmd=NULL", StringComparison.Ordinal)
                    .Replace("cmd=client|no-touch", "cmd=NULL", StringComparison.Ordinal).TrimEnd());
        }

        clients.Sort(StringComparer.Ordinal);
        return clients;
    }

    [GeneratedRegex(@"\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem|events)=\S*")]
    private static partial Regex ProcessFields();

    [GeneratedRegex(@" lib-(name|ver)=\S*")]
    private static partial Regex LaterFields();
}
