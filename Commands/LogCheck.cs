using System;
using Epollsrv.Journal;
using Epollsrv.Node;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Commands;

/// <summary>Reads one file of the log to its end for <c>epollsrv check</c>.</summary>
internal sealed unsafe class LogCheck
{
    private long _records;
    private long _unchecked;
    private long _groups;
    private long _sets;
    private long _deletes;
    private long _items;
    private long _others;
    private long _otherTypes;
    private string _firstOtherType = string.Empty;
    private long _blocks;
    private long _length;

    private LogCheck()
    {
    }

    /// <summary>What is wrong with the file, if anything.</summary>
    public LogDamage? Damage { get; private set; }

    /// <summary>Position in the log of the end of what is good; −1: not known.</summary>
    public long Position { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where its records begin.</param>
    /// <param name="position">Position in the log of its beginning; −1: not known.</param>
    /// <param name="error">−errno when it cannot be opened: then the result is null.</param>
    public static LogCheck? Run(string path, long offset, long position, out int error)
    {
        using LogReader? reader = LogReader.Open(path, offset, position, out error);
        if (reader is null)
        {
            return null;
        }

        LogCheck check = new();
        while (reader.Next() == LogStep.Record)
        {
            check.Count(reader.Arguments, reader.Count, reader.IsChecked);
        }

        check._blocks = reader.Blocks;
        check._length = reader.Length;
        check.Damage = reader.Damage;
        check.Position = reader.Position;
        return check;
    }

    /// <summary>Size, records and keys in a few words.</summary>
    public override string ToString()
    {
        string text = Number(_length) + " bytes, " + Number(_records) + " records: " + Number(_sets) + " SET, " + Number(_deletes)
            + " DEL, " + Number(_others) + " other"
            + (_otherTypes == 0 ? string.Empty : "; " + Number(_otherTypes) + " that are not about strings, the first " + _firstOtherType)
            + (_items == 0 ? string.Empty : "; " + Number(_items) + " with flags or a unique of memcached's")
            + (_groups == 0 ? string.Empty : "; " + Number(_groups) + " groups")
            + (_blocks == 0 ? string.Empty : "; " + Number(_blocks) + " blocks");
        return text + (_blocks == 0 || _unchecked == 0 ? string.Empty : ", " + Number(_unchecked) + " records outside of them");
    }

    // The words around records are none of them.
    private void Count(Argument* arguments, int count, bool isChecked)
    {
        Argument name = arguments[0];
        _records++;
        _unchecked += isChecked ? 0 : 1;
        if (count == 1 && (name.Is("multi"u8) || name.Is("exec"u8)))
        {
            _groups += name.Length == 5 ? 1 : 0;
            _records--;
        }
        else if (name.Is("select"u8))
        {
            _records--;
        }
        else if (count == 2 && name.Is("echo"u8) && arguments[1].Span.StartsWith(ItemText.Prefix))
        {
            _items++;
            _records--;
        }
        else if (name.Is("set"u8))
        {
            _sets++;
        }
        else if (name.Is("del"u8) || name.Is("unlink"u8))
        {
            _deletes++;
        }
        else if (CommandTable.Find(arguments, count) == null && !name.Is("script"u8))
        {
            _firstOtherType = _otherTypes++ == 0 ? StreamRefusals.Show(arguments) : _firstOtherType;
        }
        else
        {
            _others++;
        }
    }

    private static string Number(long value) => ValueText.FormatInteger(value);
}
