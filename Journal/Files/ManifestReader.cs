using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal;

/// <summary>Reads a manifest's text by Redis's rules. One thread.</summary>
internal sealed unsafe class ManifestReader
{
    /// <summary>Bytes of the longest line, its end included.</summary>
    public const int LongestLine = 1024;

    /// <summary>The highest number of a file. Files with higher ones follow, so there is room above.</summary>
    public const long MostSequence = 1L << 62;

    private readonly InlineParser _words = new();
    private readonly List<ManifestEntry> _history = [];
    private readonly List<ManifestEntry> _increments = [];
    private ManifestEntry? _base;

    private ManifestReader()
    {
    }

    /// <summary>Reads the text.</summary>
    /// <param name="text">All of the file.</param>
    /// <param name="problem">What is wrong with which line, as the end of a sentence.</param>
    /// <returns>Null: it is no manifest.</returns>
    public static Manifest? Read(ReadOnlySpan<byte> text, out string problem)
    {
        ManifestReader reader = new();
        problem = text.IsEmpty ? "is empty" : string.Empty;
        for (int line = 1; !text.IsEmpty && problem.Length == 0; line++)
        {
            int end = text.IndexOf((byte)'\n') + 1;
            int length = end == 0 ? text.Length : end;
            if (text[0] != '#' || length > LongestLine)
            {
                string complaint = length > LongestLine ? "is longer than 1024 bytes"
                    : end == 0 ? "has no line end: the file was cut short" : reader.ReadLine(text[..end]);
                problem = complaint.Length == 0 ? string.Empty
                    : "line " + line.ToString(CultureInfo.InvariantCulture) + " " + complaint;
            }

            text = text[length..];
        }

        return problem.Length != 0 ? null : new Manifest(
            reader._base, CollectionsMarshal.AsSpan(reader._history), CollectionsMarshal.AsSpan(reader._increments));
    }

    // What is wrong with the line, or nothing.
    private string ReadLine(ReadOnlySpan<byte> line)
    {
        ArgumentList arguments = new();
        try
        {
            fixed (byte* start = line)
            {
                Request request = new() { Start = start };
                return _words.Parse(start + line.Length, &request, ref arguments, out _) != ParseResult.Complete
                    ? "has a quote that does not end"
                    : Add(new ReadOnlySpan<Argument>(arguments.Items, arguments.Used));
            }
        }
        finally
        {
            NativeMemory.Free(arguments.Items);
        }
    }

    private string Add(ReadOnlySpan<Argument> words)
    {
        if (words.Length < 6 || words.Length % 2 != 0)
        {
            return "is not as \"file NAME seq NUMBER type LETTER\"";
        }

        string name = string.Empty;
        long sequence = 0;
        byte kind = 0;
        for (int i = 0; i < words.Length; i += 2)
        {
            Argument value = words[i + 1];
            if (words[i].Is("file"u8))
            {
                name = ByteText.Decode(value.Span);
            }
            else if (words[i].Is("seq"u8))
            {
                _ = Numbers.TryParse(value.Data, value.Length, out sequence);
            }
            else if (words[i].Is("type"u8))
            {
                kind = value.Length == 1 ? value.Data[0] : (byte)'?';
            }
        }

        return name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny('/', '\0') >= 0 ? "names no file"
            : sequence <= 0 ? "has no number (seq) above 0"
            : sequence > MostSequence ? "has a number (seq) that is too high: give the files small numbers, in the order of the lines"
            : kind == 0 ? "has no type" : Add(name, sequence, kind);
    }

    private string Add(string name, long sequence, byte kind)
    {
        switch (kind)
        {
            case (byte)'b' when _base is not null:
                return "names a second base";
            case (byte)'b':
                _base = new ManifestEntry(name, sequence, ManifestKind.Base);
                return string.Empty;
            case (byte)'h':
                _history.Add(new ManifestEntry(name, sequence, ManifestKind.History));
                return string.Empty;
            case (byte)'i' when _increments.Count != 0 && _increments[^1].Sequence >= sequence:
                return "has an increment whose number does not rise";
            case (byte)'i':
                _increments.Add(new ManifestEntry(name, sequence, ManifestKind.Increment));
                return string.Empty;
            default:
                return "has an unknown type";
        }
    }
}
