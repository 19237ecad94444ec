using System;

namespace Epollsrv.Protocol.Http;

/// <summary>
/// The chunked transfer coding, decoded in place as it arrives: chunk after chunk moves forward until the body lies whole behind
/// the head. Strict as <see cref="HttpParser"/>.
/// </summary>
internal static unsafe class HttpChunks
{
    // Most bytes of one size line, and of all extensions and trailers of a body together.
    private const int LongestLine = 1024;
    private const int MostExtra = 16 * 1024;

    private static ReadOnlySpan<byte> NoEnd => "a chunk is not followed by CRLF"u8;

    /// <summary>Decodes what has arrived.</summary>
    /// <param name="data">From the first byte of the request; the body's bytes are moved.</param>
    /// <param name="length">Bytes there are.</param>
    /// <param name="state">Where decoding stands; kept by the caller. <see cref="HttpState.Decoded"/> bytes lie behind the head.</param>
    /// <param name="limit">Longest body.</param>
    /// <param name="problem">For a refusal: why.</param>
    /// <returns>Bytes of the whole request once it is complete, 0 while it is not, or minus the status of a refusal.</returns>
    public static int Decode(byte* data, int length, ref HttpState state, long limit, out ReadOnlySpan<byte> problem)
    {
        problem = default;
        if (state.Next == 0)
        {
            state.Next = state.HeadLength;
        }

        while (state.Phase != HttpChunkPhase.Whole)
        {
            if (state.Phase == HttpChunkPhase.Data)
            {
                if (!TakeData(data, length, ref state))
                {
                    return 0;
                }

                if (length - state.Next < 2)
                {
                    return length > state.Next && data[state.Next] != '\r' ? Refuse(-400, NoEnd, out problem) : 0;
                }

                if (data[state.Next] != '\r' || data[state.Next + 1] != '\n')
                {
                    return Refuse(-400, NoEnd, out problem);
                }

                state.Next += 2;
                state.Phase = HttpChunkPhase.Size;
            }

            ReadOnlySpan<byte> rest = new(data + state.Next, length - state.Next);
            int end = rest.IndexOf((byte)'\n');
            if ((end < 0 ? rest.Length : end) > LongestLine)
            {
                return Refuse(-400, "a chunk's size line or a trailer is too long"u8, out problem);
            }

            if (end < 0)
            {
                return 0;
            }

            if (end == 0 || rest[end - 1] != '\r')
            {
                return Refuse(-400, "a line of the chunked body ends in LF without CR"u8, out problem);
            }

            state.Next += end + 1;
            int result = state.Phase == HttpChunkPhase.Size
                ? TakeSize(rest[..(end - 1)], ref state, limit, out problem)
                : TakeTrailer(rest[..(end - 1)], ref state, out problem);
            if (result < 0)
            {
                return result;
            }
        }

        return state.Next;
    }

    // False: more of the chunk has to come.
    private static bool TakeData(byte* data, int length, ref HttpState state)
    {
        int count = Math.Min(state.ChunkLeft, length - state.Next);
        byte* target = data + state.HeadLength + state.Decoded;
        if (count > 0)
        {
            Buffer.MemoryCopy(data + state.Next, target, count, count);
        }

        state.Next += count;
        state.Decoded += count;
        state.ChunkLeft -= count;
        return state.ChunkLeft == 0;
    }

    private static int TakeSize(ReadOnlySpan<byte> line, ref HttpState state, long limit, out ReadOnlySpan<byte> problem)
    {
        problem = default;
        long size = 0;
        int digits = 0;
        for (; digits < line.Length && HttpText.Hex(line[digits]) is >= 0 and int digit; digits++)
        {
            size = Math.Min((size << 4) | (uint)digit, 1L << 50);
        }

        if (digits is 0 or > 16 || !AreExtensions(line[digits..]))
        {
            return Refuse(-400, "a chunk's size line is not a hexadecimal number and extensions"u8, out problem);
        }

        if (!Count(line.Length - digits, ref state))
        {
            return Refuse(-400, "the chunk extensions are too long together"u8, out problem);
        }

        if (size + state.Decoded > limit)
        {
            return Refuse(-413, "the body is too long"u8, out problem);
        }

        state.ChunkLeft = (int)size;
        state.Phase = size == 0 ? HttpChunkPhase.Trailer : HttpChunkPhase.Data;
        return 0;
    }

    // Trailers are checked and thrown away: no field of theirs may change what the request means.
    private static int TakeTrailer(ReadOnlySpan<byte> line, ref HttpState state, out ReadOnlySpan<byte> problem)
    {
        problem = default;
        if (line.IsEmpty)
        {
            state.Phase = HttpChunkPhase.Whole;
            return 0;
        }

        int colon = line.IndexOf((byte)':');
        bool good = colon > 0 && HttpText.IsToken(line[..colon]);
        for (int i = colon + 1; good && i < line.Length; i++)
        {
            good = HttpText.IsValue(line[i]);
        }

        if (!good)
        {
            return Refuse(-400, "a trailer is not a name, a colon and a value"u8, out problem);
        }

        if (!Count(line.Length + 2, ref state))
        {
            return Refuse(-431, "the trailers are too long together"u8, out problem);
        }

        return 0;
    }

    // *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
    private static bool AreExtensions(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            text = SkipSpace(text);
            if (text.IsEmpty || text[0] != ';')
            {
                return false;
            }

            text = SkipSpace(text[1..]);
            int name = HttpText.TokenLength(text);
            if (name == 0)
            {
                return false;
            }

            text = text[name..];
            ReadOnlySpan<byte> after = SkipSpace(text);
            if (after.IsEmpty || after[0] != '=')
            {
                continue;
            }

            text = SkipSpace(after[1..]);
            int value = text.IsEmpty || text[0] != '"' ? HttpText.TokenLength(text) : QuotedLength(text);
            if (value == 0)
            {
                return false;
            }

            text = text[value..];
        }

        return true;
    }

    private static ReadOnlySpan<byte> SkipSpace(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);

    private static int QuotedLength(ReadOnlySpan<byte> text)
    {
        for (int i = 1; i < text.Length && HttpText.IsValue(text[i]); i++)
        {
            if (text[i] == '"')
            {
                return i + 1;
            }

            i += text[i] == '\\' ? 1 : 0;
        }

        return 0;
    }

    private static bool Count(int bytes, ref HttpState state)
    {
        int sum = state.Extra + bytes;
        state.Extra = (ushort)Math.Min(sum, ushort.MaxValue);
        return sum <= MostExtra;
    }

    private static int Refuse(int status, ReadOnlySpan<byte> reason, out ReadOnlySpan<byte> problem)
    {
        problem = reason;
        return status;
    }
}
