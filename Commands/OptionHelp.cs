using System;
using System.Text;

namespace Epollsrv.Commands;

/// <summary>The help of a command: at most 80 columns.</summary>
internal static class OptionHelp
{
    private const int Columns = 80;
    private const int WidestName = 24;

    /// <summary>What --help prints about a command (title) with its arguments and options, or with all what --help-all prints.</summary>
    public static string Text(string title, string arguments, string summary, ReadOnlySpan<OptionEntry> entries, bool all)
    {
        StringBuilder text = new();
        _ = text.Append("Usage: ").Append(title);
        if (arguments.Length > 0)
        {
            _ = text.Append(' ').Append(arguments);
        }

        _ = text.Append(!entries.IsEmpty ? " [OPTION...]\n" : "\n");
        Wrap(text, summary, 0, 0);
        if (entries.IsEmpty)
        {
            return text.ToString();
        }

        _ = text.Append('\n');
        int width = 0;
        string brief = string.Empty;
        foreach (OptionEntry entry in entries)
        {
            int length = Left(entry, all).Length;
            width = length <= WidestName && (all || !entry.Setting.IsBrief) ? Math.Max(width, length) : width;
        }

        foreach (OptionEntry entry in entries)
        {
            if (entry.Setting.IsBrief && !all)
            {
                // A default shows of what kind the value is.
                brief += " " + (entry.Fallback is null ? Name(entry, all) : "--" + entry.Name + " [" + entry.Fallback + "]");
                continue;
            }

            string left = Left(entry, all);
            _ = text.Append(left);
            if (left.Length > width)
            {
                _ = text.Append('\n');
                left = string.Empty;
            }

            string help = entry.Setting.Help;
            Wrap(text, entry.Fallback is { } fallback ? help + " [" + fallback + "]" : help, left.Length, width + 2);
        }

        if (brief.Length > 0)
        {
            Wrap(text, "Explained by --help-all:" + brief, 0, 0);
        }

        _ = text.Append('\n');
        if (all)
        {
            Wrap(text, "Sizes: 64kb, 1mb, 2gb, 1GiB. Times: 500ms, 30s, 5m, 1h. A flag without a value means yes.", 0, 0);
        }

        OptionEntry example = entries[0];
        Wrap(text, "In brackets: the default. In the environment: --" + example.Name + " as " + example.Variable + ".", 0, 0);
        return text.ToString();
    }

    private static string Left(OptionEntry entry, bool all)
        => (entry.Letter == '\0' ? "  " : "  -" + entry.Letter + ", ") + Name(entry, all);

    private static string Name(OptionEntry entry, bool all)
    {
        string value = all ? entry.Words : entry.Placeholder;
        return "--" + entry.Name + (value.Length == 0 ? string.Empty : " " + value);
    }

    // Appends words. The line holds the used columns already; words begin at the indent.
    private static void Wrap(StringBuilder text, string words, int used, int indent)
    {
        _ = text.Append(' ', indent - used);
        int column = indent;
        foreach (string word in words.Split(' '))
        {
            if (column > indent && column + 1 + word.Length > Columns)
            {
                _ = text.Append('\n').Append(' ', indent);
                column = indent;
            }
            else if (column > indent)
            {
                _ = text.Append(' ');
                column++;
            }

            _ = text.Append(word);
            column += word.Length;
        }

        _ = text.Append('\n');
    }
}
