using System;
using System.Collections.Generic;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>A command with its arguments, as it is sent to both servers.</summary>
internal sealed class Request
{
    /// <summary>The name and the arguments.</summary>
    public List<byte[]> Words { get; } = [];

    /// <summary>The labels of the coverage table that this request counts for: the command, and each option in it.</summary>
    public List<string> Labels { get; } = [];

    /// <summary>The command's name in capitals.</summary>
    public string Name => Words.Count == 0 ? string.Empty : Upper(0);

    /// <summary>Name and subcommand in capitals.</summary>
    public string FullName => Words.Count > 1 ? Name + " " + Upper(1) : Name;

    /// <summary>A request of plain words.</summary>
    public static Request Of(params string[] words)
    {
        Request request = new();
        foreach (string word in words)
        {
            request.Words.Add(Encoding.Latin1.GetBytes(word));
        }

        return request;
    }

    /// <summary>A word in capitals, as Latin-1.</summary>
    public string Upper(int index) => Encoding.Latin1.GetString(Words[index]).ToUpperInvariant();

    /// <summary>A word as Latin-1, or an empty one.</summary>
    public string Word(int index) => index < Words.Count ? Encoding.Latin1.GetString(Words[index]) : string.Empty;

    /// <summary>Whether a word is this one, in any case.</summary>
    public bool Has(string word, int from = 1)
    {
        for (int i = from; i < Words.Count; i++)
        {
            if (Words[i].Length == word.Length && Upper(i) == word)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Appends the request in RESP.</summary>
    public void WriteTo(ByteWriter writer)
    {
        writer.Byte('*').Number(Words.Count).LineEnd();
        foreach (byte[] word in Words)
        {
            writer.Byte('$').Number(word.Length).LineEnd().Bytes(word).LineEnd();
        }
    }

    public override string ToString()
    {
        StringBuilder text = new();
        foreach (byte[] word in Words)
        {
            string shown = Reply.Show(word);
            bool plain = shown.Length > 0 && !shown.AsSpan().ContainsAny(' ', '\\', '\'');
            _ = text.Append(text.Length > 0 ? " " : string.Empty).Append(plain ? shown : "\"" + shown + "\"");
        }

        return text.ToString();
    }
}
