using System;

using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// Reads the command line and the environment into the entries of options. What is wrong is returned as the complaint, null when all was
/// well.
/// </summary>
internal static class OptionParser
{
    /// <summary>
    /// Reads the arguments after the command's name: options and positional arguments in any order; what follows "--" is positional. Stops
    /// at --help and --help-all. The positional arguments are expected as the help shows them.
    /// </summary>
    /// <returns>The first mistake.</returns>
    public static string? Parse(
        ReadOnlySpan<OptionEntry> entries,
        string expected,
        ReadOnlySpan<string> arguments,
        out string[] positional,
        out HelpLength help)
    {
        // The environment first, so that the command line overrides it; its mistakes are reported even then.
        string? complaint = TakeEnvironment(entries);
        string[] found = new string[arguments.Length];
        int count = 0;
        bool optionsEnded = false;
        help = HelpLength.None;
        for (int i = 0; i < arguments.Length && help == HelpLength.None; i++)
        {
            string argument = arguments[i];
            if (optionsEnded || !IsOption(argument))
            {
                found[count++] = argument;
            }
            else if (argument == "--")
            {
                optionsEnded = true;
            }
            else if (argument is "--help" or "-h")
            {
                help = HelpLength.Screen;
            }
            else if (argument == "--help-all")
            {
                help = HelpLength.All;
            }
            else
            {
                complaint ??= TakeOption(entries, argument, arguments, ref i);
            }
        }

        positional = found.AsSpan(0, count).ToArray();
        return complaint ?? CheckPositional(expected, positional);
    }

    /// <summary>The value of an option that is needed before the others are read; null: neither arguments nor environment have one.
    /// </summary>
    public static string? ValueBefore(OptionEntry entry, ReadOnlySpan<string> arguments)
    {
        string shown = "--" + entry.Name;
        for (int i = 0; i < arguments.Length && arguments[i] != "--"; i++)
        {
            if (arguments[i] == shown && i + 1 < arguments.Length)
            {
                return arguments[i + 1];
            }

            if (arguments[i].StartsWith(shown + "=", StringComparison.Ordinal))
            {
                return arguments[i][(shown.Length + 1)..];
            }
        }

        return ProcessText.Variable(entry.Variable) is { Length: > 0 } value ? value : null;
    }

    /// <summary>The option with a name, or with a letter; null: there is none.</summary>
    public static OptionEntry? Find(ReadOnlySpan<OptionEntry> entries, ReadOnlySpan<char> name, bool isLetter = false)
    {
        foreach (OptionEntry entry in entries)
        {
            if (isLetter ? entry.Letter == name[0] : name.SequenceEqual(entry.Name))
            {
                return entry;
            }
        }

        return null;
    }

    // "-" alone is a file name by custom, and "-5" a number.
    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-' && !char.IsAsciiDigit(argument[1]);

    private static string? TakeOption(ReadOnlySpan<OptionEntry> entries, string argument, ReadOnlySpan<string> arguments, ref int index)
    {
        bool isLong = argument[1] == '-';
        int equals = isLong ? argument.IndexOf('=') : -1;
        string shown = equals < 0 ? argument : argument[..equals];
        OptionEntry? entry = isLong ? Find(entries, shown.AsSpan(2))
            : argument.Length == 2 ? Find(entries, argument.AsSpan(1), isLetter: true)
            : null;
        if (entry is null)
        {
            return Unknown(entries, shown);
        }

        string value;
        if (equals >= 0)
        {
            value = argument[(equals + 1)..];
        }
        else if (entry.Kind == OptionKind.Flag)
        {
            value = "yes";
        }
        else if (index + 1 < arguments.Length && !IsOption(arguments[index + 1]))
        {
            value = arguments[++index];
        }
        else
        {
            return shown + ": a value is missing; allowed: " + shown + " " + entry.Words
                + (index + 1 < arguments.Length && isLong
                    ? ", or " + shown + "=" + entry.Placeholder + " for one that begins with a dash"
                    : string.Empty);
        }

        return entry.Accept(value, OptionSource.CommandLine) is { } complaint
            ? shown + ": \"" + OptionSet.Readable(value) + "\" " + complaint
            : null;
    }

    private static string? TakeEnvironment(ReadOnlySpan<OptionEntry> entries)
    {
        if (!Variables.AreGiven())
        {
            return null;
        }

        foreach (OptionEntry entry in entries)
        {
            string? value = ProcessText.Variable(entry.Variable);

            // Kubernetes sets EPOLLSRV_PORT=tcp://ADDRESS:PORT in every pod beside a service of that name: not meant for us.
            if (string.IsNullOrEmpty(value) || (entry.Kind == OptionKind.Integer && value.StartsWith("tcp://", StringComparison.Ordinal)))
            {
                continue;
            }

            if (entry.Accept(value, OptionSource.Environment) is { } complaint)
            {
                return entry.Variable + ": \"" + OptionSet.Readable(value) + "\" " + complaint;
            }
        }

        return Variables.Check(entries);
    }

    private static string Unknown(ReadOnlySpan<OptionEntry> entries, string shown)
    {
        string[] names = new string[entries.Length + 1];
        for (int i = 0; i < entries.Length; i++)
        {
            names[i] = "--" + entries[i].Name;
        }

        names[entries.Length] = "--help";
        string? nearest = Suggestion.Nearest(shown, names);
        return OptionSet.Readable(shown) + ": unknown option" + (nearest is null ? string.Empty : "; did you mean " + nearest + "?");
    }

    private static string? CheckPositional(string expected, string[] positional)
    {
        string[] words = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int needed = 0;
        bool repeated = false;
        foreach (string word in words)
        {
            needed += word[0] == '[' ? 0 : 1;
            repeated |= word.Contains("...", StringComparison.Ordinal);
        }

        if (positional.Length < needed)
        {
            return words[positional.Length] + " is missing";
        }

        return repeated || positional.Length <= words.Length
            ? null
            : "\"" + OptionSet.Readable(positional[words.Length]) + "\": "
                + (words.Length == 0 ? "takes no arguments" : "one argument too many; allowed: " + expected);
    }
}
