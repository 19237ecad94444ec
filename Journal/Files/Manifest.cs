using System;
using System.Text;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The list of the files that make up the log, as Redis 7 keeps it: a base, then increments in order. Never changed: each step of a
/// rewrite makes a new one, which <see cref="DataFolder.Save"/> puts in its place.
/// </summary>
internal sealed class Manifest
{
    /// <summary>The name that the names of all files begin with (Redis's appendfilename).</summary>
    public const string Prefix = "appendonly.aof";

    /// <summary>The manifest's own name.</summary>
    public const string FileName = Prefix + ".manifest";

    private readonly ManifestEntry[] _history;
    private readonly ManifestEntry[] _increments;

    /// <summary>Makes a list.</summary>
    /// <param name="baseFile">Null: there is none, the log begins with nothing.</param>
    /// <param name="history">Files to be removed.</param>
    /// <param name="increments">In order, their numbers rising.</param>
    public Manifest(ManifestEntry? baseFile, ReadOnlySpan<ManifestEntry> history, ReadOnlySpan<ManifestEntry> increments)
    {
        Base = baseFile;
        _history = history.ToArray();
        _increments = increments.ToArray();
    }

    /// <summary>The base, if any.</summary>
    public ManifestEntry? Base { get; }

    /// <summary>Files that are no longer needed.</summary>
    public ReadOnlySpan<ManifestEntry> History => _history;

    /// <summary>What follows the base, in order. Only the last one is written to.</summary>
    public ReadOnlySpan<ManifestEntry> Increments => _increments;

    /// <summary>The file that the log ends with; null: there is none at all.</summary>
    public ManifestEntry? Last => _increments.Length != 0 ? _increments[^1] : Base;

    /// <summary>The next increment's name and number.</summary>
    public ManifestEntry NextIncrement()
    {
        long sequence = (_increments.Length == 0 ? 0 : _increments[^1].Sequence) + 1;
        return new ManifestEntry(Prefix + "." + Numbers.ToText(sequence) + ".incr.aof", sequence, ManifestKind.Increment);
    }

    /// <summary>The next base's name and number: an RDB file.</summary>
    public ManifestEntry NextBase()
    {
        long sequence = (Base?.Sequence ?? 0) + 1;
        return new ManifestEntry(Prefix + "." + Numbers.ToText(sequence) + ".base.rdb", sequence, ManifestKind.Base);
    }

    /// <summary>The list with an increment at its end.</summary>
    public Manifest With(ManifestEntry increment) => new(Base, _history, [.. _increments, increment]);

    /// <summary>The list after a rewrite: the base before and the increments that the new base has in it become history.</summary>
    /// <param name="newBase">Holds everything up to the beginning of <paramref name="first"/>.</param>
    /// <param name="first">The increment that follows it.</param>
    public Manifest Rewritten(ManifestEntry newBase, ManifestEntry first)
    {
        int kept = Array.FindIndex(_increments, entry => entry.Sequence == first.Sequence);
        ArgumentOutOfRangeException.ThrowIfNegative(kept, nameof(first));
        return new Manifest(newBase, HistoryWith(kept), _increments.AsSpan(kept));
    }

    /// <summary>The list when the log has ended and is not needed any more: all of it is history.</summary>
    public Manifest Retired() => new(null, HistoryWith(_increments.Length), []);

    /// <summary>The list when the history's files are removed.</summary>
    public Manifest WithoutHistory() => new(Base, [], _increments);

    // The history, the base, and so many increments.
    private ManifestEntry[] HistoryWith(int increments)
    {
        ManifestEntry[] history = new ManifestEntry[_history.Length + increments + (Base is null ? 0 : 1)];
        _history.CopyTo(history, 0);
        int count = _history.Length;
        if (Base is not null)
        {
            history[count++] = new ManifestEntry(Base.Name, Base.Sequence, ManifestKind.History);
        }

        foreach (ManifestEntry old in _increments.AsSpan(0, increments))
        {
            history[count++] = new ManifestEntry(old.Name, old.Sequence, ManifestKind.History);
        }

        return history;
    }

    /// <summary>The file's text.</summary>
    public byte[] ToText()
    {
        StringBuilder text = new();
        if (Base is not null)
        {
            Append(text, Base, 'b');
        }

        foreach (ManifestEntry entry in _history)
        {
            Append(text, entry, 'h');
        }

        foreach (ManifestEntry entry in _increments)
        {
            Append(text, entry, 'i');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, ManifestEntry entry, char kind)
    {
        _ = text.Append("file ");
        AppendName(text, ByteText.Encode(entry.Name));
        _ = text.Append(" seq ").Append(Numbers.ToText(entry.Sequence)).Append(" type ").Append(kind).Append('\n');
    }

    // Quoted only when it has to be, as Redis does it.
    private static void AppendName(StringBuilder text, byte[] name)
    {
        bool isPlain = name.AsSpan().IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0
            && name.AsSpan().IndexOfAny((byte)'"', (byte)'\\', (byte)'\'') < 0;
        if (isPlain)
        {
            _ = text.Append(Encoding.ASCII.GetString(name));
            return;
        }

        Span<byte> digits = stackalloc byte[2];
        _ = text.Append('"');
        foreach (byte letter in name)
        {
            if (letter is >= (byte)' ' and <= (byte)'~' and not (byte)'"' and not (byte)'\\')
            {
                _ = text.Append((char)letter);
            }
            else
            {
                _ = Numbers.WriteHex(digits, new ReadOnlySpan<byte>(in letter));
                _ = text.Append("\\x").Append((char)digits[0]).Append((char)digits[1]);
            }
        }

        _ = text.Append('"');
    }
}
