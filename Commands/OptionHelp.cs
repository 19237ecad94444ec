using System;
using System.Text;

namespace Epollsrv.Commands;

/// <summary>The help of a command: at most 80 columns.</summary>
internal sealed partial class OptionSet
{
    private const int Columns = 80;
    private const int WidestName = 24;

    /// <summary>What --help prints.</summary>
    public string HelpText()
    {
        StringBuilder text = new();
        _ = text.Append("Usage: ").Append(Title());
        if (_arguments.Length > 0)
        {
            _ = text.Append(' ').Append(_arguments);
        }

        _ = text.Append(_count > 0 ? " [OPTION...]\n" : "\n");
        Wrap(text, _summary, 0, 0);
        if (_count == 0)
        {
            return text.ToString();
        }

        _ = text.Append('\n');
        int width = 0;
        for (int i = 0; i < _count; i++)
        {
            int length = Left(_entries[i]).Length;
            width = length <= WidestName && !_entries[i].Setting.IsBrief ? Math.Max(width, length) : width;
        }

        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Setting.IsBrief)
            {
                continue;
            }

            string left = Left(_entries[i]);
            _ = text.Append(left);
            if (left.Length > width)
            {
                _ = text.Append('\n');
                left = string.Empty;
            }

            string help = _entries[i].Setting.Help;
            Wrap(text, _entries[i].Fallback is { } fallback ? help + " [" + fallback + "]" : help, left.Length, width + 2);
        }

        string brief = BriefNames();
        if (brief.Length > 0)
        {
            Wrap(text, "Explained in the README:" + brief, 0, 0);
        }

        _ = text.Append('\n');
        OptionEntry example = _entries[0];
        Wrap(text, "In brackets: the default. In the environment: --" + example.Name + " as " + example.Variable + ".", 0, 0);
        return text.ToString();
    }

    private static string Left(OptionEntry entry)
        => (entry.Letter == '\0' ? "  --" : "  -" + entry.Letter + ", --") + entry.Name + (entry.Placeholder.Length == 0 ? string.Empty : " " + entry.Placeholder);

    private string BriefNames()
    {
        string names = string.Empty;
        for (int i = 0; i < _count; i++)
        {
            OptionEntry entry = _entries[i];
            names += !entry.Setting.IsBrief ? string.Empty
                : " --" + entry.Name + (entry.Placeholder.Length == 0 ? string.Empty : " " + entry.Placeholder) + (entry.Fallback is null ? string.Empty : " [" + entry.Fallback + "]");
        }

        return names;
    }

    private string Title() => _command.Length == 0 ? Program : Program + " " + _command;

    /// <summary>Appends words; the line already holds <paramref name="used"/> columns, words begin at column <paramref name="indent"/>.</summary>
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
