using System;

using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>Reading the command line and the environment.</summary>
internal sealed partial class OptionSet
{
    /// <summary><see cref="Parse"/>'s result when the command shall go on.</summary>
    public const int GoOn = -1;

    /// <summary>The line that <see cref="Parse"/> or <see cref="Refuse"/> wrote to standard error; null when all was well.</summary>
    public string? Complaint { get; private set; }

    /// <summary>
    /// Reads the arguments after the command's name. Writes the help to standard output when it is asked for, and one line to
    /// standard error about the first mistake.
    /// </summary>
    /// <param name="arguments">Options and positional arguments in any order; what follows "--" is positional.</param>
    /// <returns><see cref="GoOn"/>, or the exit code to end with: 0 after --help, 64 after a mistake.</returns>
    public int Parse(ReadOnlySpan<string> arguments)
    {
        // The environment first, so that the command line overrides it; its mistakes are reported even then.
        string? complaint = TakeEnvironment();
        string[] positional = new string[arguments.Length];
        int count = 0;
        bool optionsEnded = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (optionsEnded || !IsOption(argument))
            {
                positional[count++] = argument;
            }
            else if (argument == "--")
            {
                optionsEnded = true;
            }
            else if (argument is "--help" or "-h")
            {
                StandardOutput.Write(HelpText());
                return ExitCode.Success;
            }
            else
            {
                complaint ??= TakeOption(argument, arguments, ref i);
            }
        }

        Positional = positional.AsSpan(0, count).ToArray();
        complaint ??= CheckPositional();
        return complaint is null ? GoOn : Refuse(complaint);
    }

    /// <summary>Writes a usage mistake that only the command can see to standard error, in the same form, and returns 64.</summary>
    /// <param name="complaint">What was wrong and what is allowed, for example "--port: needs --conf".</param>
    public int Refuse(string complaint)
    {
        Complaint = Title() + ": " + complaint + (complaint.EndsWith('?') ? " See: " : ". See: ") + Title() + " --help\n";
        StandardOutput.WriteError(Complaint);
        return ExitCode.Usage;
    }

    // "-" alone is a file name by custom, and "-5" a number.
    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-' && !char.IsAsciiDigit(argument[1]);

    private string? TakeOption(string argument, ReadOnlySpan<string> arguments, ref int index)
    {
        bool isLong = argument[1] == '-';
        int equals = isLong ? argument.IndexOf('=') : -1;
        string shown = equals < 0 ? argument : argument[..equals];
        OptionEntry? entry = isLong ? Lookup(shown.AsSpan(2)) : argument.Length == 2 ? Lookup(argument[1]) : null;
        if (entry is null)
        {
            return Unknown(shown);
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
                + (index + 1 < arguments.Length && isLong ? ", or " + shown + "=" + entry.Placeholder + " for one that begins with a dash" : string.Empty);
        }

        if (!entry.IsOnCommandLine)
        {
            // A list starts anew: what the environment or the default said does not count.
            entry.IsOnCommandLine = true;
            entry.Texts = [];
        }

        return entry.Accept(value) is { } complaint ? shown + ": \"" + Readable(value) + "\" " + complaint : null;
    }

    private string? TakeEnvironment()
    {
        for (int i = 0; i < _count; i++)
        {
            OptionEntry entry = _entries[i];
            string? value = ProcessText.Variable(entry.Variable);

            // Kubernetes sets EPOLLSRV_PORT=tcp://ADDRESS:PORT in every pod beside a service of that name: not meant for us.
            if (string.IsNullOrEmpty(value) || (entry.Kind == OptionKind.Integer && value.StartsWith("tcp://", StringComparison.Ordinal)))
            {
                continue;
            }

            entry.Texts = [];
            if (entry.Accept(value) is { } complaint)
            {
                return entry.Variable + ": \"" + Readable(value) + "\" " + complaint;
            }
        }

        return null;
    }

    private string Unknown(string shown)
    {
        string[] names = new string[_count + 1];
        for (int i = 0; i < _count; i++)
        {
            names[i] = "--" + _entries[i].Name;
        }

        names[_count] = "--help";
        string? nearest = Suggestion.Nearest(shown, names);
        return Readable(shown) + ": unknown option" + (nearest is null ? string.Empty : "; did you mean " + nearest + "?");
    }

    /// <summary>What the user typed, on one line and not longer than a line.</summary>
    internal static string Readable(string text)
    {
        char[] letters = text.Length > 60 ? (text[..57] + "...").ToCharArray() : text.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
        {
            letters[i] = char.IsControl(letters[i]) ? '?' : letters[i];
        }

        return new string(letters);
    }

    private string? CheckPositional()
    {
        string[] words = _arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int needed = 0;
        bool repeated = false;
        foreach (string word in words)
        {
            needed += word[0] == '[' ? 0 : 1;
            repeated |= word.Contains("...", StringComparison.Ordinal);
        }

        if (Positional.Length < needed)
        {
            return words[Positional.Length] + " is missing";
        }

        return repeated || Positional.Length <= words.Length
            ? null
            : "\"" + Readable(Positional[words.Length]) + "\": " + (words.Length == 0 ? "takes no arguments" : "one argument too many; allowed: " + _arguments);
    }
}
