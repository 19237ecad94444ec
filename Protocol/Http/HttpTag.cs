using System;

namespace Epollsrv.Protocol.Http;

/// <summary>Entity tags (RFC 9110 §8.8.3) and the conditions that name them.</summary>
internal static class HttpTag
{
    /// <summary>Characters of a value's strong tag, quotes included.</summary>
    public const int ValueLength = 18;

    /// <summary>Writes the strong tag of a value: its 64-bit hash in quotes.</summary>
    public static void Format(ulong hash, Span<byte> target)
    {
        target[0] = (byte)'"';
        for (int i = 0; i < 16; i++)
        {
            target[i + 1] = "0123456789abcdef"u8[(int)(hash >> (60 - (4 * i))) & 15];
        }

        target[17] = (byte)'"';
    }

    /// <summary>
    /// Whether a tag is in the list of an If-Match or If-None-Match field, all its lines together. Nothing
    /// matches an empty tag, which stands for nothing. Compared strongly, weak tags match nothing (§8.8.3.2).
    /// </summary>
    public static bool Matches(in HttpRequest request, HttpField field, ReadOnlySpan<byte> tag, bool strong)
    {
        HttpFieldElements elements = new(field);
        while (!tag.IsEmpty && elements.TryNext(request, out ReadOnlySpan<byte> one))
        {
            if (one.SequenceEqual("*"u8) || Same(one, tag, strong))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Compares two tags, weakly or strongly.</summary>
    public static bool Same(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, bool strong)
    {
        bool weak = one.StartsWith("W/"u8) || other.StartsWith("W/"u8);
        return !(strong && weak) && one.Length > 0 && Opaque(one).SequenceEqual(Opaque(other));
    }

    private static ReadOnlySpan<byte> Opaque(ReadOnlySpan<byte> tag) => tag.StartsWith("W/"u8) ? tag[2..] : tag;
}
