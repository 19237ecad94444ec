using System;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>One option of a command: its declaration, and its value once the arguments were read.</summary>
internal sealed class OptionEntry
{
    private string _place = string.Empty;

    /// <summary>Makes the entry of a declaration; it has no value yet.</summary>
    public OptionEntry(Setting setting)
    {
        Setting = setting;
        Fallback = setting.DefaultText();
    }

    public Setting Setting { get; }

    /// <summary>The name without its two dashes.</summary>
    public string Name => Setting.Name;

    public OptionKind Kind => Setting.Kind;

    /// <summary>What stands for the value in the help.</summary>
    public string Placeholder => Setting.Placeholder;

    /// <summary>What stands for the value where there is room: the words of a choice.</summary>
    public string Words => Kind == OptionKind.Choice ? string.Join('|', Setting.Choices) : Placeholder;

    /// <summary>The default as the help shows it; null when there is none.</summary>
    public string? Fallback { get; }

    /// <summary>A second name of one letter, or NUL.</summary>
    public char Letter { get; set; }

    /// <summary>What gave the value.</summary>
    public OptionSource Source { get; private set; }

    /// <summary>Whether the command line, the environment or the file of settings gave a value.</summary>
    public bool IsSet => Source != OptionSource.Default;

    /// <summary>Whether the command line gave a value.</summary>
    public bool IsOnCommandLine => Source == OptionSource.CommandLine;

    /// <summary>What gave the value, for people: FILE:LINE, the variable, "command line" or "default".</summary>
    public string Place => Source switch
    {
        OptionSource.File => _place,
        OptionSource.Environment => Variable,
        OptionSource.CommandLine => "command line",
        _ => "default",
    };

    public string? Text { get; private set; }

    /// <summary>The value as a number: the integer, bytes, nanoseconds, index of the choice, or 1 for yes.</summary>
    public long Number { get; private set; }

    public string[] Texts { get; private set; } = [];

    /// <summary>The environment variable: EPOLLSRV_ and the name in capitals with underscores.</summary>
    public string Variable => Variables.Prefix + Variables.Of(Name);

    /// <summary>Takes a value. The values of a list from one source add up; another source begins a new list.</summary>
    /// <param name="text">The value.</param>
    /// <param name="source">What gives it.</param>
    /// <param name="place">FILE:LINE when that is a file.</param>
    /// <returns>Null when it was good, else what is wrong with it and what is allowed.</returns>
    public string? Accept(string text, OptionSource source, string place = "")
    {
        string[] before = source == Source ? Texts : [];
        string? complaint = Read(text, before);
        if (complaint is null)
        {
            Source = source;
            _place = place;
        }

        return complaint;
    }

    private string? Read(string text, string[] before)
    {
        switch (Kind)
        {
            case OptionKind.Text:
                break;
            case OptionKind.List:
                return ReadList(text, before);
            case OptionKind.Integer:
                if (!ValueText.TryParseInteger(text, out long integer))
                {
                    return "is not a whole number; allowed: " + Bounds();
                }

                return ReadNumber(text, integer);
            case OptionKind.Size:
                if (!ValueText.TryParseSize(text, out long size))
                {
                    return "is not a size; allowed: bytes, or a number with kb, mb, gb or tb (k, m, g, t: thousands), " + Bounds();
                }

                return ReadNumber(text, size);
            case OptionKind.Duration:
                if (!ValueText.TryParseDuration(text, out long duration))
                {
                    return "is not a time; allowed: a number with ms, s, m or h, " + Bounds();
                }

                return ReadNumber(text, duration);
            case OptionKind.Choice:
                int index = Array.IndexOf(Setting.Choices, text);
                if (index < 0 && ValueText.TryParseFlag(text, out bool yes))
                {
                    // Choices may have yes and no among them.
                    index = Array.IndexOf(Setting.Choices, yes ? "yes" : "no");
                }

                if (index < 0)
                {
                    return "is not one of the choices; allowed: " + string.Join(", ", Setting.Choices);
                }

                Number = index;
                break;
            default:
                if (!ValueText.TryParseFlag(text, out bool given))
                {
                    return "is neither yes nor no (true, false, 1, 0)";
                }

                Number = given ? 1 : 0;
                break;
        }

        Text = text;
        return null;
    }

    private string? ReadNumber(string text, long number)
    {
        if (number < Setting.Minimum || number > Setting.Maximum)
        {
            return "is out of range; allowed: " + Bounds();
        }

        Number = number;
        Text = text;
        return null;
    }

    private string? ReadList(string text, string[] before)
    {
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        foreach (string word in words)
        {
            if (word.Length == 0)
            {
                return "has an empty element; allowed: values separated by commas";
            }
        }

        Texts = [.. before, .. words];
        Text = string.Join(',', Texts);
        return null;
    }

    private string Bounds() => Kind switch
    {
        OptionKind.Size => ValueText.FormatSize(Setting.Minimum) + " to " + ValueText.FormatSize(Setting.Maximum),
        OptionKind.Duration => ValueText.FormatDuration(Setting.Minimum) + " to " + ValueText.FormatDuration(Setting.Maximum),
        _ => ValueText.FormatInteger(Setting.Minimum) + " to " + ValueText.FormatInteger(Setting.Maximum),
    };
}
