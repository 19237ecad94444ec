using System;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// The options and arguments of one command. Declare them in a chain, call <see cref="Parse"/> once, then read the values.
/// A value comes from the command line, else from the environment (EPOLLSRV_ and the name in capitals with underscores),
/// else it is the default. One thread.
/// </summary>
internal sealed partial class OptionSet
{
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

    /// <summary>An option with any text as its value.</summary>
    public OptionSet Text(string name, string? fallback, string help, string placeholder = "TEXT")
        => Add(new Setting { Name = name, Kind = OptionKind.Text, Placeholder = placeholder, Fallback = fallback, Help = help });

    /// <summary>An option that may be repeated, or hold several values separated by commas.</summary>
    /// <param name="name">The name without dashes.</param>
    /// <param name="fallback">The default, with commas; null for none.</param>
    /// <param name="help">What it does.</param>
    /// <param name="placeholder">What stands for one value in the help.</param>
    public OptionSet List(string name, string? fallback, string help, string placeholder = "TEXT,...")
        => Add(new Setting { Name = name, Kind = OptionKind.List, Placeholder = placeholder, Fallback = fallback, Help = help });

    /// <summary>An option with a whole number within bounds, both included.</summary>
    public OptionSet Integer(string name, long fallback, long minimum, long maximum, string help, string placeholder = "N")
        => Add(new Setting
        {
            Name = name,
            Kind = OptionKind.Integer,
            Placeholder = placeholder,
            Fallback = ValueText.FormatInteger(fallback),
            Help = help,
            Minimum = minimum,
            Maximum = maximum,
        });

    /// <summary>An option with a size within bounds, both included.</summary>
    /// <param name="name">The name without dashes.</param>
    /// <param name="fallback">The default, for example "64mb".</param>
    /// <param name="minimum">Bytes.</param>
    /// <param name="maximum">Bytes.</param>
    /// <param name="help">What it does.</param>
    public OptionSet Size(string name, string fallback, long minimum, long maximum, string help)
        => Add(new Setting
        {
            Name = name,
            Kind = OptionKind.Size,
            Placeholder = "SIZE",
            Fallback = fallback,
            Help = help,
            Minimum = minimum,
            Maximum = maximum,
        });

    /// <summary>An option with a time within bounds, both included; "off" is 0.</summary>
    /// <param name="name">The name without dashes.</param>
    /// <param name="fallback">The default, for example "2s" or "off".</param>
    /// <param name="help">What it does.</param>
    /// <param name="minimum">Nanoseconds; 1 or more forbids "off".</param>
    /// <param name="maximum">Nanoseconds; a thousand hours by default.</param>
    public OptionSet Duration(string name, string fallback, string help, long minimum = 0, long maximum = 3_600_000_000_000_000)
        => Add(new Setting
        {
            Name = name,
            Kind = OptionKind.Duration,
            Placeholder = "TIME",
            Fallback = fallback,
            Help = help,
            Minimum = minimum,
            Maximum = maximum,
        });

    /// <summary>An option with one word of a few.</summary>
    /// <param name="name">The name without dashes.</param>
    /// <param name="fallback">One of the words.</param>
    /// <param name="choices">The words with bars between them: "queue|adaptive".</param>
    /// <param name="help">What it does.</param>
    /// <param name="placeholder">What stands for the word in the help; null: the words.</param>
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

    /// <summary>Declares an option.</summary>
    public OptionSet Add(Setting setting)
    {
        OptionEntry entry = new(setting);
        // A default goes through the same check as a user's value: a mistake in a declaration is found by the first start.
        if (entry.Fallback is not null && entry.Accept(entry.Fallback) is { } complaint)
        {
            throw new ArgumentException("--" + entry.Name + ": the default " + complaint);
        }

        entry.IsSet = false;
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, _count * 2);
        }

        _entries[_count++] = entry;
        return this;
    }
}
