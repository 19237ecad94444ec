using System;
using System.Buffers.Text;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Bench;

/// <summary>The beginning of a reply, up to its value: what it says and how long the rest is.</summary>
internal struct ReplyHeader
{
    /// <summary>What the reply says.</summary>
    public ReplyVerdict Verdict;

    /// <summary>Bytes of the value; 0 when there is none.</summary>
    public long Value;

    /// <summary>Bytes after the header.</summary>
    public long Body;

    /// <summary>Reads a header.</summary>
    /// <param name="protocol">What is spoken.</param>
    /// <param name="isWrite">Whether the request was a write.</param>
    /// <param name="bytes">What has come, from the reply's first byte.</param>
    /// <param name="reply">Filled when the header is whole.</param>
    /// <returns>Its length, 0 when it is not whole, or −1 when it is none.</returns>
    public static int Read(BenchProtocol protocol, bool isWrite, ReadOnlySpan<byte> bytes, ref ReplyHeader reply) => protocol switch
    {
        BenchProtocol.Resp => Resp(isWrite, bytes, ref reply),
        BenchProtocol.Cs => Cs(isWrite, bytes, ref reply),
        BenchProtocol.Http => Http(isWrite, bytes, ref reply),
        BenchProtocol.Memcached => Memcached(isWrite, bytes, ref reply),
        _ => Meta(isWrite, bytes, ref reply),
    };

    private static int Resp(bool isWrite, ReadOnlySpan<byte> bytes, ref ReplyHeader reply)
    {
        int line = bytes.IndexOf("\r\n"u8);
        switch (bytes[0])
        {
            case (byte)'+':
                reply.Verdict = isWrite ? ReplyVerdict.Good : ReplyVerdict.Error;
                break;
            case (byte)'_':
                reply.Verdict = isWrite ? ReplyVerdict.Error : ReplyVerdict.Miss;
                break;
            case (byte)'-' or (byte)':':
                reply.Verdict = ReplyVerdict.Error;
                break;
            case (byte)'$':
                if (line < 0)
                {
                    return bytes.Length > 24 ? -1 : 0;
                }

                if (!Utf8Parser.TryParse(bytes[1..line], out long length, out int used) || used != line - 1 || length < -1)
                {
                    return -1;
                }

                reply.Verdict = isWrite ? ReplyVerdict.Error : length < 0 ? ReplyVerdict.Miss : ReplyVerdict.Good;
                reply.Value = Math.Max(0, length);
                reply.Body = length < 0 ? 0 : length + 2;
                break;
            default:
                return -1;
        }

        return line < 0 ? 0 : line + 2;
    }

    private static int Cs(bool isWrite, ReadOnlySpan<byte> bytes, ref ReplyHeader reply)
    {
        if (bytes[0] != CsFrame.FirstByte || (bytes.Length > 1 && bytes[1] != CsFrame.SecondByte))
        {
            return -1;
        }

        // Up to V, which tells a value that is too long for a frame from a key that is not there.
        int header = bytes.Length > CsFrame.KeyLengthOffset ? CsFrame.KeyOffset + bytes[CsFrame.KeyLengthOffset] + 1 : CsFrame.Size;
        if (bytes.Length < header)
        {
            return 0;
        }

        bool same = bytes[CsFrame.CommandOffset] == (isWrite ? CsFrame.Put : CsFrame.Get);
        reply.Verdict = !same ? ReplyVerdict.Error
            : bytes[CsFrame.StatusOffset] == CsFrame.Ok ? ReplyVerdict.Good
            : bytes[CsFrame.StatusOffset] == CsFrame.Error && !isWrite && bytes[header - 1] != CsFrame.MaximumValue ? ReplyVerdict.Miss
            : ReplyVerdict.Error;
        reply.Body = CsFrame.Size - header;
        return header;
    }

    private static int Http(bool isWrite, ReadOnlySpan<byte> bytes, ref ReplyHeader reply)
    {
        ReadOnlySpan<byte> version = "HTTP/1.1 "u8;
        if (!bytes.StartsWith(version[..Math.Min(version.Length, bytes.Length)]))
        {
            return -1;
        }

        int end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return 0;
        }

        if (!Utf8Parser.TryParse(bytes.Slice(version.Length, 3), out int status, out int used) || used != 3)
        {
            return -1;
        }

        reply.Verdict = status is 200 or 201 or 204 ? ReplyVerdict.Good : status == 404 && !isWrite ? ReplyVerdict.Miss
            : ReplyVerdict.Error;
        long length = status is 204 or 304 ? 0 : ContentLength(bytes[..(end + 2)]);
        reply.Value = length;
        reply.Body = length;
        return length < 0 ? -1 : end + 4;
    }

    // The field's value, or −1: a body of unknown length (chunked, or until the end of the stream) is not supported.
    private static long ContentLength(ReadOnlySpan<byte> header)
    {
        ReadOnlySpan<byte> name = "content-length:"u8;
        while (true)
        {
            int line = header.IndexOf("\r\n"u8);
            if (line < 0)
            {
                return -1;
            }

            ReadOnlySpan<byte> field = header[..line];
            if (field.Length > name.Length && System.Text.Ascii.EqualsIgnoreCase(field[..name.Length], name))
            {
                ReadOnlySpan<byte> value = field[name.Length..].Trim((byte)' ');
                return Utf8Parser.TryParse(value, out long length, out int used) && used == value.Length && length >= 0 ? length : -1;
            }

            header = header[(line + 2)..];
        }
    }

    private static int Memcached(bool isWrite, ReadOnlySpan<byte> bytes, ref ReplyHeader reply)
        => Line(bytes, isWrite, "STORED"u8, "END"u8, "VALUE "u8, "\r\nEND\r\n"u8.Length, ref reply);

    private static int Meta(bool isWrite, ReadOnlySpan<byte> bytes, ref ReplyHeader reply)
        => Line(bytes, isWrite, "HD"u8, "EN"u8, "VA "u8, "\r\n"u8.Length, ref reply);

    // A line of memcached's protocols. That of a value ends with the number of its bytes; behind the value come so many more.
    private static int Line(
        ReadOnlySpan<byte> bytes, bool isWrite, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> miss, ReadOnlySpan<byte> value, int behind,
        ref ReplyHeader reply)
    {
        int line = bytes.IndexOf("\r\n"u8);
        if (line < 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> text = bytes[..line];
        if (isWrite)
        {
            reply.Verdict = text.SequenceEqual(stored) ? ReplyVerdict.Good : ReplyVerdict.Error;
        }
        else if (text.SequenceEqual(miss))
        {
            reply.Verdict = ReplyVerdict.Miss;
        }
        else if (text.StartsWith(value))
        {
            ReadOnlySpan<byte> number = text[(text.LastIndexOf((byte)' ') + 1)..];
            if (!Utf8Parser.TryParse(number, out long length, out int used) || used != number.Length || length < 0)
            {
                return -1;
            }

            reply.Value = length;
            reply.Body = length + behind;
        }
        else
        {
            reply.Verdict = ReplyVerdict.Error;
        }

        return line + 2;
    }
}
