using System;
using Epollsrv.Journal;
using Epollsrv.Journal.Loading;
using Epollsrv.Journal.Rdb;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>Reads an RDB file to its end for <c>epollsrv check</c>.</summary>
internal sealed class RdbCheck
{
    private const int MostDatabases = 1024;

    private long _keys;
    private long _expiring;
    private long _items;
    private long _others;
    private long _functions;
    private string _firstOther = string.Empty;
    private int _databases;
    private int _version;

    private RdbCheck()
    {
    }

    /// <summary>What is wrong, with the place; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Bytes up to the file's end as an RDB file; a log may follow.</summary>
    public long Length { get; private set; }

    /// <summary>Position in the log that the file ends at; −1: it does not say so.</summary>
    public long Position { get; private set; } = -1;

    /// <summary>Reads a file.</summary>
    public static RdbCheck Run(string path)
    {
        RdbCheck check = new();
        int file = RegularFile.Open(path, out FileStatus status);
        if (file < 0)
        {
            check.Problem = DataFile.Explain(path, file);
            return check;
        }

        using (FileInput input = new(file))
        {
            using RdbReader reader = new(input, status.Size, int.MaxValue);
            check.Read(reader, path);
        }

        Descriptor.Close(file);
        return check;
    }

    /// <summary>Size and keys in a few words.</summary>
    public override string ToString() => "RDB " + Number(_version) + ", " + Number(Length) + " bytes, " + Number(_keys) + " keys, "
        + Number(_expiring) + " of them with a time to live, in " + Number(_databases) + (_databases == 1 ? " database" : " databases")
        + (_items == 0 ? string.Empty : "; " + Number(_items) + " with flags or a unique of memcached's")
        + (_others == 0 ? string.Empty : "; " + Number(_others) + " that are no strings, the first a " + _firstOther)
        + (_functions == 0 ? string.Empty : "; " + Number(_functions) + " libraries of functions");

    private void Read(RdbReader reader, string path)
    {
        bool[] seen = new bool[MostDatabases];
        RdbStep step;
        while ((step = reader.Read()) < RdbStep.End)
        {
            if (step == RdbStep.Key)
            {
                _keys++;
                _expiring += reader.ExpiryMilliseconds != 0 ? 1 : 0;
                _items += reader.Item.IsNone ? 0 : 1;
                int database = Math.Min(reader.Database, MostDatabases - 1);
                _databases += seen[database] ? 0 : 1;
                seen[database] = true;
            }
            else if (step == RdbStep.Aux)
            {
                Position = SnapshotLoader.PositionOf(reader, Position);
            }
            else if (step == RdbStep.OtherType)
            {
                _firstOther = _others++ == 0 ? reader.TypeName : _firstOther;
            }
            else if (step == RdbStep.Function)
            {
                _functions++;
            }
        }

        _version = reader.Version;
        Length = reader.Offset;
        Problem = step == RdbStep.End ? null : path + ": " + reader.Error + ". Restore it from a backup";
    }

    private static string Number(long value) => ValueText.FormatInteger(value);
}
