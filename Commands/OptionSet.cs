using System;
using System.Collections.Generic;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// The options and arguments of one command. Declare them in a chain, call <see cref="Parse"/> once, then read the values.
/// A value comes from the command line, else from the environment (EPOLLSRV_ and the name in capitals with underscores),
/// else it is the default. Asking for an option that was not declared throws. One thread.
/// </summary>
internal sealed class OptionSet
{
    /// <summary><see cref="Parse"/>'s result when the command shall go on.</summary>
    public const int GoOn = -1;

    private readonly string _command;
    private readonly string _summary;
    private readonly string _arguments;
    private OptionEntry[] _entries = new OptionEntry[8];
    private int _count;

    /// <summary>Starts a declaration.</summary>
    /// <param name="command">The command's name; empty for the program itself.</param>
    /// <param name="summary">One line: what the command does.</param>
    /// <param name="arguments">
    /// Its arguments as the help shows them, checked by <see cref="Parse"/>: a word is needed, one in brackets is optional,
    /// one that ends in "..." may be repeated.
    /// </param>
    public OptionSet(string command, string summary, string arguments)
    {
        _command = command;
        _summary = summary;
        _arguments = arguments;
    }

    /// <summary>The program's name in the help and in messages.</summary>
    public string Program { get; init; } = "epollsrv";

    /// <summary>Whether mistakes are not written to standard error, only to be read from <see cref="Mistake"/>.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Whether the help leaves the options out: they are those of another command, which the summary names.</summary>
    public bool HidesOptions { get; init; }

    /// <summary>An option with any text as its value.</summary>
    public OptionSet Text(string name, string? fallback, string help, string placeholder = "TEXT")
        => Add(new Setting { Name = name, Kind = OptionKind.Text, Placeholder = placeholder, Fallback = fallback, Help = help });

    /// <summary>An option that may be repeated, or hold several values separated by commas, as the default does.</summary>
    public OptionSet List(string name, string? fallback, string help, string placeholder = "TEXT,...")
        => Add(new Setting { Name = name, Kind = OptionKind.List, Placeholder = placeholder, Fallback = fallback, Help = help });

    /// <summary>An option with a whole number within bounds, both included.</summary>
    public OptionSet Integer(string name, long fallback, long minimum, long maximum, string help, string placeholder = "N")
        => AddNumber(name, OptionKind.Integer, placeholder, ValueText.FormatInteger(fallback), minimum, maximum, help);

    /// <summary>An option with a size within bounds in bytes, both included; the default is written as "64mb".</summary>
    public OptionSet Size(string name, string fallback, long minimum, long maximum, string help)
        => AddNumber(name, OptionKind.Size, "SIZE", fallback, minimum, maximum, help);

    /// <summary>
    /// An option with a time within bounds in nanoseconds, both included; the default is written as "2s". "off" is 0, unless the minimum
    /// forbids it. The maximum is a thousand hours by default.
    /// </summary>
    public OptionSet Duration(string name, string fallback, string help, long minimum = 0, long maximum = 3_600_000_000_000_000)
        => AddNumber(name, OptionKind.Duration, "TIME", fallback, minimum, maximum, help);

    /// <summary>An option with one word of a few, written as "queue|adaptive"; the help shows these words, or a placeholder.</summary>
    public OptionSet Choice(string name, string fallback, string choices, string help, string? placeholder = null)
        => Add(new Setting
        {
            Name = name,
            Kind = OptionKind.Choice,
            Placeholder = placeholder ?? choices,
            Fallback = fallback,
            Help = help,
            Choices = choices.Split('|'),
        });

    /// <summary>An option that is given or not.</summary>
    public OptionSet Flag(string name, string help)
        => Add(new Setting { Name = name, Kind = OptionKind.Flag, Placeholder = string.Empty, Fallback = null, Help = help });

    /// <summary>Gives the option declared last a second name of one letter: <c>-o FILE</c>.</summary>
    public OptionSet Letter(char letter)
    {
        _entries[_count - 1].Letter = letter;
        return this;
    }

    public OptionSet Add(Setting setting)
    {
        OptionEntry entry = new(setting);
        // A default goes through the same check as a user's value: a mistake in a declaration is found by the first start.
        if (entry.Fallback is not null && entry.Accept(entry.Fallback, OptionSource.Default) is { } complaint)
        {
            throw new ArgumentException("--" + entry.Name + ": the default " + complaint);
        }

        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        _entries[_count++] = entry;
        return this;
    }

    /// <summary>
    /// Reads the file of settings, if there is one, the environment and the arguments after the command's name. Writes the help to
    /// standard output when it is asked for, and one line to standard error about the first mistake.
    /// </summary>
    /// <param name="arguments">Options and positional arguments in any order; what follows "--" is positional.</param>
    /// <returns><see cref="GoOn"/>, or the exit code to end with: 0 after --help, 64 after a mistake, 78 after one in the file.
    /// </returns>
    public int Parse(ReadOnlySpan<string> arguments)
    {
        if (OptionParser.Find(Entries, "config") is { } config && OptionParser.ValueBefore(config, arguments) is { } path)
        {
            ConfigurationFile file = new(Entries.ToArray());
            if (file.Read(path) is { } mistake)
            {
                return Complain("--config: " + mistake, string.Empty, ExitCode.Configuration);
            }

            Parameters = file.Parameters;
        }

        string? complaint = OptionParser.Parse(Entries, _arguments, arguments, out string[] positional, out HelpLength help);
        if (help != HelpLength.None)
        {
            StandardOutput.Write(HelpText(help == HelpLength.All));
            return ExitCode.Success;
        }

        Positional = positional;
        return complaint is null ? GoOn : Refuse(complaint);
    }

    /// <summary>The line that <see cref="Parse"/> or <see cref="Refuse"/> wrote to standard error; null when all was well.</summary>
    public string? Complaint { get; private set; }

    /// <summary>Writes a usage mistake that only the command can see to standard error, in the same form, and returns 64.</summary>
    /// <param name="complaint">What was wrong and what is allowed, for example "--port: needs --conf".</param>
    public int Refuse(string complaint)
    {
        return Complain(complaint, (complaint.EndsWith('?') ? " See: " : ". See: ") + Title() + " --help", ExitCode.Usage);
    }

    /// <summary>The mistake alone; null when all was well.</summary>
    public string? Mistake { get; private set; }

    /// <summary>What --help prints, or with all --help-all.</summary>
    public string HelpText(bool all = false) => HidesOptions
        ? OptionHelp.Text(Title(), "[OPTION...]", _summary, [], all) : OptionHelp.Text(Title(), _arguments, _summary, Entries, all);

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

    /// <summary>What the file of settings has that is no option.</summary>
    public StartParameter[] Parameters { get; private set; } = [];

    /// <summary>The arguments that are not options, in order.</summary>
    public string[] Positional { get; private set; } = [];

    /// <summary>Whether the command line or the environment gave the option (a default does not count).</summary>
    public bool IsSet(string name) => Find(name).IsSet;

    /// <summary>The names of all options that <see cref="IsSet"/> answers true for.</summary>
    public string[] Given()
    {
        List<string> names = [];
        foreach (OptionEntry entry in Entries)
        {
            if (entry.IsSet)
            {
                names.Add(entry.Name);
            }
        }

        return [.. names];
    }

    /// <summary>What gave the option's value.</summary>
    public OptionSource SourceOf(string name) => Find(name).Source;

    /// <summary>Whether the command line gave the option, the environment does not count.</summary>
    public bool IsOnCommandLine(string name) => Find(name).IsOnCommandLine;

    /// <summary>The value as text, of an option of any kind; null when there is neither a value nor a default.</summary>
    public string? GetText(string name) => Find(name).Text;

    /// <summary>The values of a list; empty when there are none.</summary>
    public string[] GetList(string name) => Find(name, OptionKind.List).Texts;

    public int GetInteger(string name) => (int)Find(name, OptionKind.Integer).Number;

    /// <summary>A whole number that may need 64 bits.</summary>
    public long GetLong(string name) => Find(name, OptionKind.Integer).Number;

    /// <summary>Bytes.</summary>
    public long GetSize(string name) => Find(name, OptionKind.Size).Number;

    /// <summary>Nanoseconds; 0 for "off".</summary>
    public long GetDuration(string name) => Find(name, OptionKind.Duration).Number;

    /// <summary>Milliseconds, rounded up; 0 for "off".</summary>
    public int GetMilliseconds(string name) => (int)Math.Min(int.MaxValue, (GetDuration(name) + 999_999) / 1_000_000);

    /// <summary>The place of the chosen word in the declaration, from 0; <see cref="GetText"/> gives the word.</summary>
    public int GetChoice(string name) => (int)Find(name, OptionKind.Choice).Number;

    public bool GetFlag(string name) => Find(name, OptionKind.Flag).Number == 1;

    /// <summary>Puts every value, given or default, where its declaration says that it lives.</summary>
    public void Store(Settings settings)
    {
        foreach (OptionEntry entry in Entries)
        {
            _ = entry.Setting.Place?.Invoke(settings, true, entry.Number);
        }
    }

    /// <summary>The options, in the order of their declaration.</summary>
    public ReadOnlySpan<OptionEntry> Entries => _entries.AsSpan(0, _count);

    private int Complain(string mistake, string advice, int code)
    {
        Mistake = mistake;
        Complaint = Title() + ": " + mistake + advice + "\n";
        if (!IsQuiet)
        {
            Log.Complain(Complaint);
        }

        return code;
    }

    private string Title() => _command.Length == 0 ? Program : Program + " " + _command;

    private OptionSet AddNumber(string name, OptionKind kind, string placeholder, string fallback, long minimum, long maximum, string help)
        => Add(new Setting
        {
            Name = name,
            Kind = kind,
            Placeholder = placeholder,
            Fallback = fallback,
            Help = help,
            Minimum = minimum,
            Maximum = maximum,
        });

    private OptionEntry Find(string name, OptionKind kind)
    {
        OptionEntry entry = Find(name);
        return entry.Kind == kind ? entry : throw new ArgumentException("--" + name + " is of another kind");
    }

    private OptionEntry Find(string name)
        => OptionParser.Find(Entries, name) ?? throw new ArgumentException("--" + name + " is not declared");
}
