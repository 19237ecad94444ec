using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>Texts of words with one separator between two of them.</summary>
internal static class Words
{
    /// <summary>Takes the first word off a text; empty when there is none.</summary>
    public static ReadOnlySpan<byte> TakeFirst(scoped ref ReadOnlySpan<byte> text, byte separator = (byte)' ')
    {
        int end = text.IndexOf(separator);
        ReadOnlySpan<byte> word = end < 0 ? text : text[..end];
        text = end < 0 ? default : text[(end + 1)..];
        return word;
    }

    /// <summary>The word at a place, counted from 0; empty behind the last one.</summary>
    public static ReadOnlySpan<byte> At(ReadOnlySpan<byte> text, int index, byte separator = (byte)' ')
    {
        for (; index > 0; index--)
        {
            _ = TakeFirst(ref text, separator);
        }

        return TakeFirst(ref text, separator);
    }

    /// <summary>How many words a text has.</summary>
    public static int Count(ReadOnlySpan<byte> text, byte separator = (byte)' ') => text.IsEmpty ? 0 : text.Count(separator) + 1;
}
