using System;
using System.Collections.Generic;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// The file of --config: an option and its value a line, by its own name or by that of redis.conf. What is no option is a parameter of
/// CONFIG, and is applied when there is a node (<see cref="StartParameters"/>). A command that has only some of the options leaves the
/// others out.
/// </summary>
internal sealed class ConfigurationFile(OptionEntry[] entries)
{
    // A node that ignored them would be less safe than its user thinks.
    private static readonly string[] _unsafe =
        ["user", "aclfile", "rename-command", "include", "loadmodule", "enable-protected-configs", "cluster-enabled"];

    private readonly List<StartParameter> _parameters = [];
    private readonly List<StartParameter> _sockets = [];

    // FILE:LINE of the line that is read, or was read last of those that name the folder.
    private string _place = string.Empty;
    private string _folderPlace = string.Empty;
    private string? _folder;
    private string? _logs;
    private string? _saves;
    private string? _savesPlace;

    /// <summary>What is to be applied later.</summary>
    public StartParameter[] Parameters => [.. _parameters];

    /// <summary>The file's path, of what --config gives.</summary>
    public static string PathOf(string path) => path.StartsWith('-') ? path[1..] : path;

    /// <summary>Reads it.</summary>
    /// <param name="path">The file; with a dash in front it may be missing.</param>
    /// <returns>Null, or the first thing that is wrong: "FILE:LINE: …".</returns>
    public string? Read(string path)
    {
        bool mayBeMissing = path.StartsWith('-');
        string? error = ConfigLines.Read(PathOf(path), isRegular: false, Take, out int result);
        if (mayBeMissing && result == -Errno.NoEntry)
        {
            return null;
        }

        if (result < 0 && result != -Errno.Invalid)
        {
            error += "; name a file that can be read";
        }

        foreach (StartParameter socket in _sockets)
        {
            error ??= BindSocket(socket);
        }

        if (_saves is not null)
        {
            // Lines add up.
            _parameters.Add(new StartParameter(_savesPlace!, "save", _saves));
        }

        return error ?? ChooseFolder();
    }

    private string? Take(string place, string[] words)
    {
        _place = place;
        string name = words[0].ToLowerInvariant();
        string[] values = words.AsSpan(1).ToArray();

        // Other commands have options that are no settings of a node; Redis's "timeout" is not theirs.
        if (OptionParser.Find(entries, name) is { } entry && name != "config"
            && Array.Exists(SettingList.All, setting => setting.Name == name))
        {
            return name == "bind" ? Bind(entry, values) : Give(entry, values);
        }

        if (name == "config")
        {
            return "a file of settings cannot name another one; remove the line";
        }

        if (name.StartsWith("tls-", StringComparison.Ordinal) || Array.IndexOf(_unsafe, name) >= 0)
        {
            return values is ["no"] ? null
                : name + " is not supported, and to leave it out would not be safe. Remove the line if it may be left out";
        }

        switch (name)
        {
            case "requirepass":
                return Give("password", values);
            case "maxclients":
                return Give("max-clients", values);
            case "timeout" when values.Length == 1:
                return Give("idle-timeout", [values[0] + "s"]);
            case "loglevel" when values.Length == 1:
                return Give("log-level", [values[0] is "verbose" or "notice" ? "info" : values[0]]);
            case "replicaof" or "slaveof" when values.Length == 2:
                return values is ["no", "one"] ? null
                    : Give("replica-of", [(values[0].Contains(':') ? "[" + values[0] + "]" : values[0]) + ":" + values[1]]);
            case "unixsocket" when values.Length == 1:
                _sockets.Add(new StartParameter(place, name, "unix:" + values[0]));
                return null;
            case "unixsocketperm":
                return Give("socket-mode", values);
            case "dir" when values.Length == 1:
                _folder = values[0];
                _folderPlace = place;
                return null;
            case "appendonly" when values.Length == 1 && ValueText.TryParseFlag(values[0], out bool logs):
                _logs = logs ? "yes" : "no";
                _folderPlace = _folder is null ? place : _folderPlace;
                return null;
            case "save":
                string points = string.Join(' ', values);
                _saves = _saves is null or "" || points.Length == 0 ? points : _saves + " " + points;
                _savesPlace = place;
                return null;
            default:
                _parameters.Add(new StartParameter(place, name, string.Join(' ', values)));
                return null;
        }
    }

    // Addresses are words in a redis.conf; one that may be missing has a dash in front.
    private string? Bind(OptionEntry entry, string[] values)
    {
        if (values.Length == 0)
        {
            return "a value is missing; allowed: bind " + entry.Placeholder;
        }

        foreach (string value in values)
        {
            string address = value.TrimStart('-');
            address = address switch { "*" => "0.0.0.0", "::*" => "::", _ => address };
            if (Give(entry, [address]) is { } complaint)
            {
                return complaint;
            }
        }

        return null;
    }

    // A socket is beside the addresses, or beside the default.
    private string? BindSocket(StartParameter socket)
    {
        _place = socket.Place;
        if (OptionParser.Find(entries, "bind") is not { } entry)
        {
            return null;
        }

        string? error = entry.IsSet ? null : Give(entry, [entry.Fallback!]);
        return error ?? Give(entry, [socket.Value]);
    }

    private string? Give(string option, string[] values)
        => OptionParser.Find(entries, option) is { } entry ? Give(entry, values) : null;

    private string? Give(OptionEntry entry, string[] values)
    {
        if (values.Length == 0 && entry.Kind == OptionKind.Flag)
        {
            values = ["yes"];
        }

        if (values.Length != 1 && (values.Length == 0 || entry.Kind != OptionKind.List))
        {
            return (values.Length == 0 ? "a value is missing" : entry.Name + " has more than one value") + "; allowed: " + entry.Name
                + " " + entry.Words;
        }

        string value = string.Join(',', values);
        return value.Length == 0 && entry.Kind != OptionKind.Text ? "a value is missing; allowed: " + entry.Name + " " + entry.Words
            : value.Length == 0 ? null
            : entry.Accept(value, OptionSource.File, _place);
    }

    // As in Redis, where a file without a save line has save points: a folder keeps data, unless save "" turns snapshots off and there is
    // no log.
    private string? ChooseFolder()
    {
        bool keeps = _logs == "yes" || (_folder is not null && _saves != string.Empty);
        _place = _folderPlace;
        return !keeps || OptionParser.Find(entries, "data") is not { IsSet: false } entry ? null : Give(entry, [_folder ?? "."]);
    }
}
