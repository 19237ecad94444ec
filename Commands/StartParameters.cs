using System;
using System.Collections.Generic;
using Epollsrv.Journal;
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
            string? mistake = Find(table, parameter, out int number);
            if (mistake is null && number < 0)
            {
                WarnOf(parameter);
            }
            else if (mistake is null && ConfigParameters.Show(table, number) == parameter.Value)
            {
                // What cannot be changed may be said all the same.
                ConfigParameters.Note(node.Settings, number, parameter.Place, parameter.Value);
            }
            else if (mistake is null)
            {
                mistake = Describe(parameter, ConfigParameters.Apply(table, node.Settings, parameter.Place, number, parameter.Value));
                table.NoteFromFile(number);
            }

            if (mistake is not null)
            {
                Log.Error(mistake);
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds the parameter that a line is about.</summary>
    /// <param name="table">The node's parameters.</param>
    /// <param name="parameter">The line.</param>
    /// <param name="number">Its number; −1: it has no effect here.</param>
    /// <returns>Null, or that there is none, with the nearest name, or that its value can only be another one.</returns>
    public static string? Find(ConfigTable table, StartParameter parameter, out int number)
    {
        number = ConfigParameters.Find(table, parameter.Name);
        if (WrongName(parameter) is { } wrong)
        {
            return Describe(parameter, wrong);
        }

        if (number >= 0)
        {
            number = table.IsFixed(number) || table.IsRemembered(number) ? -1 : number;
            return null;
        }

        if (IsMeaningless(parameter.Name))
        {
            return null;
        }

        string name = ConfigLines.NameOf(parameter.Name);
        string? nearest = Suggestion.Nearest(name, Names(table));
        string shown = OptionSet.Readable(name) + (name.Length < parameter.Name.Length ? " ..." : string.Empty);
        return parameter.Place + ": \"" + shown + "\" is neither an option nor a parameter of CONFIG"
            + (nearest is null ? ". Correct the line or remove it" : "; did you mean " + nearest + "?");
    }

    /// <summary>A complaint about a line's value, with its place; null: there is none.</summary>
    public static string? Describe(StartParameter parameter, string? complaint)
        => complaint is null ? null
            : parameter.Place + ": " + parameter.Name + " \"" + OptionSet.Readable(parameter.Value) + "\": " + complaint;

    // Not of the names of the log, which are those that it has (WrongName).
    private static void WarnOf(StartParameter parameter)
    {
        if (parameter.Name is not ("appendfilename" or "appenddirname"))
        {
            Log.Warning(parameter.Place + ": " + parameter.Name + " has no effect here");
        }
    }

    // Names in the data directory that cannot be chosen here. With another one the node would be empty, beside files that are not.
    private static string? WrongName(StartParameter parameter) => parameter.Name switch
    {
        "dbfilename" when parameter.Value != "dump.rdb" => "the snapshot is always dump.rdb here: rename the file, and remove this line",
        "appendfilename" when parameter.Value != Manifest.Prefix => "the log is always " + Manifest.Prefix
            + " here: rename the manifest to " + Manifest.FileName + " (the files that it names keep their names), and remove this line",
        "appenddirname" when parameter.Value != "appendonlydir" =>
            "the log is always in appendonlydir here: rename the directory, and remove this line",
        _ => null,
    };

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
