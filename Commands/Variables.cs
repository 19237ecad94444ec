using System;
using System.Collections;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>The environment variables whose names begin as the program's do: a misspelt one is a mistake.</summary>
internal static class Variables
{
    /// <summary>What their names begin with.</summary>
    public const string Prefix = "EPOLLSRV_";

    // What the image and the systemd unit set, and the options of commands other than serve. One environment is for all commands.
    private const string Others = "CONTAINER OPTIONS"
        + " APPEND CONNECTIONS COUNT CSV DIGEST DISTRIBUTION DURATION FILES HOLD JSON KEY_SIZE KEYS OUTPUT PEER PID PIPELINE PRELOAD PROGRESS"
        + " PROTOCOL QUIET RATE READS RECONNECT REPAIR REPLY REQUESTS ROUNDS SEED SEED_ANNOUNCE SEED_BIND SEED_LIMIT_RATE SEED_PORT SEED_TIME"
        + " SERVER SPEED THETA THREADS TIMEOUT TRACE VALUE_SIZE VERIFY WARMUP WITHDRAW";

    /// <summary>The variable of an option, without the prefix: the name in capitals with underscores.</summary>
    public static string Of(string option) => option.ToUpperInvariant().Replace('-', '_');

    /// <summary>Whether any is set. Without one, the start need not look for the variable of each option.</summary>
    public static bool AreGiven()
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (((string)variable.Key).StartsWith(Prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Looks for a variable that nobody knows.</summary>
    /// <param name="entries">The options of the command.</param>
    /// <returns>Null, or what is wrong with its name, and the nearest one.</returns>
    public static string? Check(ReadOnlySpan<OptionEntry> entries)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                string[] names = Names(entries);
                string rest = name[Prefix.Length..];
                if (Array.IndexOf(names, rest) < 0 && !IsServiceLink(rest, (string?)variable.Value ?? string.Empty))
                {
                    string? nearest = Suggestion.Nearest(rest, names);
                    return OptionSet.Readable(name) + ": unknown variable"
                        + (nearest is null ? string.Empty : "; did you mean " + Prefix + nearest + "?");
                }
            }
        }

        return null;
    }

    /// <summary>Whether Kubernetes sets the variable in every pod beside a service called epollsrv, or epollsrv-NAME.</summary>
    /// <param name="name">Without the prefix.</param>
    /// <param name="value">For example tcp://10.0.0.7:6379.</param>
    internal static bool IsServiceLink(string name, string value)
    {
        string word = "_" + name;
        int port = word.IndexOf("_PORT_", StringComparison.Ordinal) + "_PORT_".Length;
        return word.EndsWith("_SERVICE_HOST", StringComparison.Ordinal)
            || word.EndsWith("_SERVICE_PORT", StringComparison.Ordinal)
            || word.Contains("_SERVICE_PORT_", StringComparison.Ordinal)
            || (word.EndsWith("_PORT", StringComparison.Ordinal) && value.Contains("://", StringComparison.Ordinal))
            || (port >= "_PORT_".Length && port < word.Length && char.IsAsciiDigit(word[port]));
    }

    /// <summary>All names that are known, without the prefix: of the command's options, of those of serve, and the others.</summary>
    internal static string[] Names(ReadOnlySpan<OptionEntry> entries)
    {
        string[] others = Others.Split(' ');
        string[] names = new string[others.Length + entries.Length + SettingList.All.Length];
        others.CopyTo(names, 0);
        int count = others.Length;
        foreach (OptionEntry entry in entries)
        {
            names[count++] = Of(entry.Name);
        }

        foreach (Setting setting in SettingList.All)
        {
            names[count++] = Of(setting.Name);
        }

        return names;
    }
}
