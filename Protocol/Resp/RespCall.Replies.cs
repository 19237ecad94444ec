using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Resp;

/// <content>The writer for replies, in the connection's version of RESP.</content>
internal sealed unsafe partial class RespCall
{
    private const int LongestNumber = 32;

    // Redis has no limit. A longer argument is cut in an error's text.
    private const int LongestInError = 16 * 1024;

    /// <summary><c>+OK</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReplyOk()
    {
        byte* to = Turn.Reserve(8);
        Unsafe.WriteUnaligned(to, 0x0A0D4B4F2BL);
        Turn.Advance(5);
    }

    /// <summary>No value: <c>$-1</c>, in RESP3 <c>_</c>.</summary>
    public void ReplyNull()
    {
        byte* to = Turn.Reserve(8);
        if (IsVersion3)
        {
            Unsafe.WriteUnaligned(to, '_' | ('\r' << 8) | ('\n' << 16));
            Turn.Advance(3);
            return;
        }

        Unsafe.WriteUnaligned(to, 0x0A0D312D24L);
        Turn.Advance(5);
    }

    /// <summary>No array: <c>*-1</c>, in RESP3 <c>_</c>.</summary>
    public void ReplyNullArray()
    {
        if (IsVersion3)
        {
            ReplyNull();
        }
        else
        {
            Turn.Write("*-1\r\n"u8);
        }
    }

    /// <summary>A status: <c>+text</c>.</summary>
    public void ReplySimple(ReadOnlySpan<byte> text) => WriteLine((byte)'+', text);

    /// <summary>An error: <c>-text</c>; the text begins with its code (<c>ERR</c>) and has no line ends. Counted as the command's failure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ReplyError(ReadOnlySpan<byte> text)
    {
        if (Command != null)
        {
            Statistics[Command->Number].Failed++;
        }

        CountError(text);

        WriteLine((byte)'-', text);
    }

    /// <summary>
    /// An error that names something: up to its first zero, as C's %s prints; line ends in it become spaces, those at the end of
    /// the text are cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ReplyErrorAbout(ReadOnlySpan<byte> before, ReadOnlySpan<byte> name, ReadOnlySpan<byte> after)
    {
        int zero = name.IndexOf((byte)0);
        name = name[..Math.Min(zero < 0 ? name.Length : zero, LongestInError)];
        Span<byte> text = stackalloc byte[before.Length + name.Length + after.Length];
        int length = 0;
        Append(text, ref length, before);
        Append(text, ref length, name);
        Append(text, ref length, after);
        text = text.TrimEnd("\r\n"u8);
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = text[i] is (byte)'\r' or (byte)'\n' ? (byte)' ' : text[i];
        }

        ReplyError(text);
    }

    /// <summary>The error of a subcommand with the wrong number of arguments that counts them itself.</summary>
    /// <param name="after">"'. Try COMMAND HELP."</param>
    public void ReplyWrongSubcommand(ReadOnlySpan<byte> after)
    {
        ReadOnlySpan<byte> name = Arguments[1].Span;
        ReplyErrorAbout("ERR unknown subcommand or wrong number of arguments for '"u8, name[..Math.Min(name.Length, LongestNamed)], after);
    }

    /// <summary>A number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ReplyInteger(long value)
    {
        byte* to = Turn.Reserve(LongestNumber);
        *to = (byte)':';
        int length = 1 + Numbers.Write(to + 1, value);
        Unsafe.WriteUnaligned(to + length, LineEnd);
        Turn.Advance(length + 2);
    }

    /// <summary>A string of bytes.</summary>
    public void ReplyBulk(byte* data, long length)
    {
        if (length > MostReserved)
        {
            WriteHeader((byte)'$', length);
            Turn.Write(data, (nint)length);
            Turn.Write("\r\n"u8);
            return;
        }

        WriteBulk(data, (int)length);
    }

    /// <summary>A string of bytes.</summary>
    public void ReplyBulk(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            ReplyBulk(data, bytes.Length);
        }
    }

    /// <summary>A number as a string of bytes.</summary>
    public void ReplyBulkInteger(long value)
    {
        byte* text = stackalloc byte[LongestNumber];
        ReplyBulk(text, Numbers.Write(text, value));
    }

    /// <summary>So many replies follow as an array.</summary>
    public void ReplyArray(long count) => WriteHeader((byte)'*', count);

    /// <summary>So many pairs follow: a map, in RESP2 an array of twice as many.</summary>
    public void ReplyMap(long pairs) => WriteHeader(IsVersion3 ? (byte)'%' : (byte)'*', IsVersion3 ? pairs : 2 * pairs);

    /// <summary>So many members follow: a set, in RESP2 an array.</summary>
    public void ReplySet(long count) => WriteHeader(IsVersion3 ? (byte)'~' : (byte)'*', count);

    /// <summary>So many parts of a push message follow, in RESP2 an array.</summary>
    public void ReplyPush(long count) => WriteHeader(IsVersion3 ? (byte)'>' : (byte)'*', count);

    /// <summary>Text for people, in RESP2 a string of bytes. The format has three letters: txt or mkd.</summary>
    public void ReplyVerbatim(ReadOnlySpan<byte> format, ReadOnlySpan<byte> text)
    {
        if (!IsVersion3)
        {
            ReplyBulk(text);
            return;
        }

        WriteHeader((byte)'=', text.Length + 4);
        Turn.Write(format);
        Turn.Write(":"u8);
        Turn.Write(text);
        Turn.Write("\r\n"u8);
    }

    /// <summary>The lines of a HELP subcommand, one status each.</summary>
    public void ReplyHelp(ReadOnlySpan<byte> lines)
    {
        ReplyArray(lines.Count((byte)'\n') + 1);
        while (true)
        {
            int end = lines.IndexOf((byte)'\n');
            ReplySimple(end < 0 ? lines : lines[..end]);
            if (end < 0)
            {
                return;
            }

            lines = lines[(end + 1)..];
        }
    }

    // A protocol error is nobody's command.
    private void ReplyFailure(ReadOnlySpan<byte> text)
    {
        CountError("ERR"u8);
        Turn.Write("-ERR "u8);
        Turn.Write(text);
        Turn.Write("\r\n"u8);
    }

    private void WriteHeader(byte kind, long count)
    {
        byte* to = Turn.Reserve(LongestNumber);
        *to = kind;
        int length = 1 + Numbers.Write(to + 1, count);
        Unsafe.WriteUnaligned(to + length, LineEnd);
        Turn.Advance(length + 2);
    }

    private void WriteLine(byte kind, ReadOnlySpan<byte> text)
    {
        byte* to = Turn.Reserve(text.Length + 3);
        *to = kind;
        text.CopyTo(new Span<byte>(to + 1, text.Length));
        Unsafe.WriteUnaligned(to + text.Length + 1, LineEnd);
        Turn.Advance(text.Length + 3);
    }
}
