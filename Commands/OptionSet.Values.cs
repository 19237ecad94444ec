using System;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>The values, once the arguments were read. Asking for an option that was not declared is a mistake of the caller: it throws.</summary>
internal sealed partial class OptionSet
{
    /// <summary>The arguments that are not options, in order.</summary>
    public string[] Positional { get; private set; } = [];

    /// <summary>Whether the command line or the environment gave the option (a default does not count).</summary>
    public bool IsSet(string name) => Find(name).IsSet;

    /// <summary>Whether the command line gave the option, the environment does not count.</summary>
    public bool IsOnCommandLine(string name) => Find(name).IsOnCommandLine;

    /// <summary>The value as text, of an option of any kind; null when there is neither a value nor a default.</summary>
    public string? GetText(string name) => Find(name).Text;

    /// <summary>The values of a list; empty when there are none.</summary>
    public string[] GetList(string name) => Find(name, OptionKind.List).Texts;

    /// <summary>A whole number.</summary>
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

    /// <summary>Whether a flag is on.</summary>
    public bool GetFlag(string name) => Find(name, OptionKind.Flag).Number == 1;

    /// <summary>Puts every value, given or default, where its declaration says that it lives.</summary>
    public void Store(Settings settings)
    {
        for (int i = 0; i < _count; i++)
        {
            _ = _entries[i].Setting.Place?.Invoke(settings, true, _entries[i].Number);
        }
    }

    private OptionEntry Find(string name, OptionKind kind)
    {
        OptionEntry entry = Find(name);
        return entry.Kind == kind ? entry : throw new ArgumentException("--" + name + " is of another kind");
    }

    private OptionEntry Find(string name) => Lookup(name) ?? throw new ArgumentException("--" + name + " is not declared");

    private OptionEntry? Lookup(ReadOnlySpan<char> name)
    {
        for (int i = 0; i < _count; i++)
        {
            if (name.SequenceEqual(_entries[i].Name))
            {
                return _entries[i];
            }
        }

        return null;
    }

    private OptionEntry? Lookup(char letter)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_entries[i].Letter == letter)
            {
                return _entries[i];
            }
        }

        return null;
    }
}
