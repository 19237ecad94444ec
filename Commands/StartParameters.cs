using System;
using System.Collections.Generic;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Commands;

/// <summary>The parameters of CONFIG that the file of settings has.</summary>
internal static class StartParameters
{
    // Of Redis 7, and not even CONFIG knows them here.
    private static readonly string[] _meaningless =
    [
        "acl-pubsub-default", "activedefrag", "always-show-logo", "aof-disable-auto-gc", "bind-source-addr", "crash-memcheck-enabled",
        "daemonize", "disable-thp", "ignore-warnings", "io-threads-do-reads", "logfile", "oom-score-adj", "oom-score-adj-values", "pidfile",
        "proc-title-template", "propagation-error-behavior", "protected-mode", "rdbchecksum", "repl-diskless-load", "set-proc-title",
        "shutdown-on-sigint", "shutdown-on-sigterm", "socket-mark-id", "supervised", "syslog-enabled", "syslog-facility", "syslog-ident",
    ];

    /// <summary>Applies them, before the node's threads start. What has no meaning here is a warning.</summary>
    /// <returns>False after an error was logged.</returns>
    public static bool TryApply(RunningNode node)
    {
        ConfigTable table = node.Resp.Config!;
        foreach (StartParameter parameter in node.Settings.Parameters)
        {
            int number = ConfigFile.Find(table, parameter.Name);
            if (number < 0 && !IsMeaningless(parameter.Name))
            {
                string? nearest = Suggestion.Nearest(parameter.Name, Names(table));
                Log.Error(parameter.Place + ": \"" + OptionSet.Readable(parameter.Name)
                    + "\" is neither an option nor a parameter of CONFIG"
                    + (nearest is null ? string.Empty : "; did you mean " + nearest + "?"));
                return false;
            }

            if (number < 0 || table.IsFixed(number) || table.IsRemembered(number))
            {
                Log.Warning(parameter.Place + ": " + parameter.Name + " has no effect here");
            }
            else if (!IsSo(table, number, parameter.Value)
                && ConfigFile.Apply(table, node.Settings, parameter.Place, number, parameter.Value) is { } complaint)
            {
                Log.Error(parameter.Place + ": " + parameter.Name + " \"" + OptionSet.Readable(parameter.Value) + "\": " + complaint);
                return false;
            }
        }

        return true;
    }

    // What cannot be changed may be said all the same.
    private static bool IsSo(ConfigTable table, int number, string value)
    {
        ReplyText text = new();
        table.Show(number, text);
        return text.Written.SequenceEqual(ByteText.Encode(value));
    }

    private static bool IsMeaningless(string name) => Array.IndexOf(_meaningless, name) >= 0
        || name.StartsWith("cluster-", StringComparison.Ordinal) || name.EndsWith("_cpulist", StringComparison.Ordinal);

    private static string[] Names(ConfigTable table)
    {
        List<string> names = [];
        foreach (Setting setting in SettingList.All)
        {
            names.Add(setting.Name);
        }

        for (int i = 0; i < table.Count; i++)
        {
            names.Add(ByteText.Decode(table.NameOf(i)));
        }

        return [.. names];
    }
}
