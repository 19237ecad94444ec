using System;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>One option of a command: its declaration, and its value once the arguments were read.</summary>
internal sealed class OptionEntry
{
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

    /// <summary>Whether the command line, the environment or the file of settings gave a value.</summary>
    public bool IsSet { get; set; }

    /// <summary>Whether the command line gave a value.</summary>
    public bool IsOnCommandLine { get; set; }

    public string? Text { get; set; }

    /// <summary>The value as a number: the integer, bytes, nanoseconds, index of the choice, or 1 for yes.</summary>
    public long Number { get; set; }

    public string[] Texts { get; set; } = [];

    /// <summary>The environment variable: EPOLLSRV_ and the name in capitals with underscores.</summary>
    public string Variable => "EPOLLSRV_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>Takes a value; null when it was good, else what is wrong with it and what is allowed.</summary>
    public string? Accept(string text)
    {
        switch (Kind)
        {
            case OptionKind.Text:
                break;
            case OptionKind.List:
                return AcceptList(text);
            case OptionKind.Integer:
                if (!ValueText.TryParseInteger(text, out long integer))
                {
                    return "is not a whole number; allowed: " + Bounds();
                }

                return AcceptNumber(text, integer);
            case OptionKind.Size:
                if (!ValueText.TryParseSize(text, out long size))
                {
                    return "is not a size; allowed: bytes, or a number with kb, mb, gb or tb (k, m, g, t: thousands), " + Bounds();
                }

                return AcceptNumber(text, size);
            case OptionKind.Duration:
                if (!ValueText.TryParseDuration(text, out long duration))
                {
                    return "is not a time; allowed: a number with ms, s, m or h, " + Bounds();
                }

                return AcceptNumber(text, duration);
            case OptionKind.Choice:
                int index = Array.IndexOf(Setting.Choices, text);
                if (index < 0)
                {
                    return "is not one of the choices; allowed: " + string.Join(", ", Setting.Choices);
                }

                Number = index;
                break;
            default:
                if (text is not ("yes" or "no" or "true" or "false" or "1" or "0"))
                {
                    return "is neither yes nor no";
                }

                Number = text is "yes" or "true" or "1" ? 1 : 0;
                break;
        }

        Text = text;
        IsSet = true;
        return null;
    }

    private string? AcceptNumber(string text, long number)
    {
        if (number < Setting.Minimum || number > Setting.Maximum)
        {
            return "is out of range; allowed: " + Bounds();
        }

        Number = number;
        Text = text;
        IsSet = true;
        return null;
    }

    private string? AcceptList(string text)
    {
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        foreach (string word in words)
        {
            if (word.Length == 0)
            {
                return "has an empty element; allowed: values separated by commas";
            }
        }

        string[] all = new string[Texts.Length + words.Length];
        Texts.CopyTo(all, 0);
        words.CopyTo(all, Texts.Length);
        Texts = all;
        Text = string.Join(',', all);
        IsSet = true;
        return null;
    }

    private string Bounds() => Kind switch
    {
        OptionKind.Size => ValueText.FormatSize(Setting.Minimum) + " to " + ValueText.FormatSize(Setting.Maximum),
        OptionKind.Duration => ValueText.FormatDuration(Setting.Minimum) + " to " + ValueText.FormatDuration(Setting.Maximum),
        _ => ValueText.FormatInteger(Setting.Minimum) + " to " + ValueText.FormatInteger(Setting.Maximum),
    };
}
