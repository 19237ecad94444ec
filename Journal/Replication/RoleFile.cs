using System;
using System.Text;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The file replication.conf of a data directory: whom the node follows, and which history its data belong to. A node that never had a
/// replica and never was one has none. It is written before anything comes of a change, so that the log never holds more than what
/// belongs to the history that the file names. One thread at a time.
/// </summary>
internal static unsafe class RoleFile
{
    /// <summary>Its name.</summary>
    public const string Name = "replication.conf";

    /// <summary>Bytes of the longest master's name or address.</summary>
    public const int LongestHost = 255;

    private const int Longest = 4096;

    /// <summary>Whether a master may be named so: what has white space or control characters could not be read back.</summary>
    public static bool IsHost(ReadOnlySpan<byte> host)
        => host.Length is > 0 and <= LongestHost && host.IndexOfAnyInRange((byte)0, (byte)' ') < 0 && host.IndexOf((byte)0x7F) < 0;

    /// <summary>Reads it.</summary>
    /// <param name="folder">The data directory.</param>
    /// <param name="error">What is wrong and what to do, for people; empty: nothing.</param>
    /// <returns>Null: there is none, or something is wrong.</returns>
    public static RoleRecord? Read(string folder, out string error)
    {
        string path = folder + "/" + Name;
        string? text = TextFile.ReadRegular(path, Longest, out int result);
        error = string.Empty;
        if (text is null)
        {
            error = result == -Errno.NoEntry ? string.Empty
                : path + ": " + (result == -Errno.Invalid ? "is longer than 4 KB" : Errno.Describe(result));
            return null;
        }

        RoleRecord? record = new(null, 0, new ReplicationHistory.Names([], null, -1));
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length && record is not null; i++)
        {
            string[] words = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            record = words.Length == 0 || words[0][0] == '#' ? record : Add(record, words);
            error = record is not null ? error : path + ":" + Numbers.ToText(i + 1) + ": \"" + lines[i] + "\" is not understood";
        }

        if (record is { History.Name.Length: 0 })
        {
            error = path + ": there is no line \"history NAME\"";
        }

        error += error.Length == 0 ? string.Empty
            : ". Correct it, or remove it: then the node is a master unless --replica-of says otherwise, and begins a new history";
        return error.Length == 0 ? record : null;
    }

    /// <summary>Writes it.</summary>
    /// <returns>0 or −errno.</returns>
    public static int Write(Disk disk, string folder, RoleRecord record)
    {
        StringBuilder text = new();
        _ = text.Append("# The part of this node in replication, written by the node. It goes before --replica-of.\n");
        if (record.Host is not null)
        {
            _ = text.Append("replicaof ").Append(ByteText.Decode(record.Host)).Append(' ').Append(Numbers.ToText(record.Port)).Append('\n');
        }

        _ = text.Append("history ").Append(ByteText.Decode(record.History.Name)).Append('\n');
        if (record.History.Previous is { } previous)
        {
            _ = text.Append("previous ").Append(ByteText.Decode(previous)).Append(' ')
                .Append(Numbers.ToText(record.History.PreviousEnd)).Append('\n');
        }

        return WholeFile.Replace(disk, folder, Name, ByteText.Encode(text.ToString()));
    }

    private static RoleRecord? Add(RoleRecord record, string[] words)
    {
        ReplicationHistory.Names names = record.History;
        return words switch
        {
            ["replicaof", string host, string port] when TryRead(port, 65535, out long number)
                => record with { Host = ByteText.Encode(host), Port = (int)number },
            ["history", string name] when IsHistory(name) => record with { History = names with { Name = ByteText.Encode(name) } },
            ["previous", string name, string end] when IsHistory(name) && TryRead(end, long.MaxValue, out long number)
                => record with { History = names with { Previous = ByteText.Encode(name), PreviousEnd = number } },
            _ => null,
        };
    }

    private static bool IsHistory(string name)
        => name.Length == ReplicationHistory.NameLength && name.AsSpan().IndexOfAnyExcept("0123456789abcdefABCDEF") < 0;

    private static bool TryRead(string text, long most, out long number)
    {
        byte[] bytes = ByteText.Encode(text);
        fixed (byte* start = bytes)
        {
            return Numbers.TryParse(start, bytes.Length, out number) && number >= 0 && number <= most;
        }
    }
}
