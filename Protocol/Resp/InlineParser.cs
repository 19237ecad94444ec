using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>Inline commands: a line of words, quoted as in a shell (Redis's sdssplitargs). One per thread.</summary>
internal sealed unsafe class InlineParser
{
    /// <summary>The longest line of any kind, bytes: Redis's PROTO_INLINE_MAX_SIZE.</summary>
    public const int LongestLine = 64 * 1024;

    // What was quoted, of one line.
    private byte* _unquoted;
    private int _unquotedUsed;

    /// <summary>
    /// Looks for the line that a request begins. It has to run before another one is parsed: the memory for quoted words is that of one
    /// line.
    /// </summary>
    /// <param name="end">Behind what was received.</param>
    /// <param name="request">Its start is filled in already.</param>
    /// <param name="arguments">Gets its words.</param>
    /// <param name="complaint">What is wrong, when it breaks the protocol.</param>
    public ParseResult Parse(byte* end, Request* request, ref ArgumentList arguments, out ReadOnlySpan<byte> complaint)
    {
        complaint = default;
        _unquotedUsed = 0;
        byte* start = request->Start;
        int length = (int)Math.Min(end - start, LongestLine + 1);
        int found = new ReadOnlySpan<byte>(start, length).IndexOf((byte)'\n');
        if (found < 0)
        {
            complaint = "Protocol error: too big inline request"u8;
            return length > LongestLine ? ParseResult.Failed : ParseResult.Incomplete;
        }

        request->End = start + found + 1;
        byte* lineEnd = start + found;
        if (found > 0 && lineEnd[-1] == '\r')
        {
            lineEnd--;
        }

        int first = arguments.Used;
        byte* at = start;
        while (true)
        {
            while (at < lineEnd && IsSpace(*at))
            {
                at++;
            }

            // A zero ends the line, as it ends a string in C.
            if (at == lineEnd || *at == 0)
            {
                break;
            }

            if (arguments.Used == arguments.Capacity)
            {
                arguments.Grow();
            }

            Argument* argument = arguments.Items + arguments.Used++;
            if (!ReadWord(ref at, lineEnd, argument))
            {
                arguments.Used = first;
                complaint = "Protocol error: unbalanced quotes in request"u8;
                return ParseResult.Failed;
            }
        }

        request->Count = arguments.Used - first;
        return ParseResult.Complete;
    }

    /// <summary>Gives its memory back; quoted words are gone.</summary>
    public void Free()
    {
        NativeMemory.Free(_unquoted);
        _unquoted = null;
    }

    // One word: where it stands, or, when there are quotes in it, unquoted in memory of the thread's own.
    private bool ReadWord(ref byte* at, byte* end, Argument* argument)
    {
        byte* word = at;
        while (word < end && !EndsWord(*word) && *word is not ((byte)'"' or (byte)'\''))
        {
            word++;
        }

        if (word == end || EndsWord(*word))
        {
            argument->Data = at;
            argument->Length = (int)(word - at);
            at = word;
            return true;
        }

        return ReadQuoted(ref at, end, argument);
    }

    private bool ReadQuoted(ref byte* at, byte* end, Argument* argument)
    {
        if (_unquoted == null)
        {
            _unquoted = (byte*)NativeMemory.Alloc(LongestLine);
        }

        // A word never gets longer by being unquoted, so the line's length is enough for all of them.
        byte* target = _unquoted + _unquotedUsed;
        argument->Data = target;
        byte quote = 0;
        while (true)
        {
            byte letter = at < end ? *at : (byte)0;
            if (quote == 0)
            {
                if (EndsWord(letter))
                {
                    break;
                }

                at++;
                if (letter is (byte)'"' or (byte)'\'')
                {
                    quote = letter;
                }
                else
                {
                    *target++ = letter;
                }

                continue;
            }

            if (letter == 0)
            {
                return false;
            }

            at++;
            if (letter == quote)
            {
                // A closing quote ends the word.
                if (at < end && *at != 0 && !IsSpace(*at))
                {
                    return false;
                }

                quote = 0;
            }
            else if (letter == '\\' && quote == '\'' && at < end && *at == '\'')
            {
                *target++ = *at++;
            }
            else if (letter == '\\' && quote == '"' && at < end && *at != 0)
            {
                *target++ = ReadEscape(ref at, end);
            }
            else
            {
                *target++ = letter;
            }
        }

        argument->Length = (int)(target - argument->Data);
        _unquotedUsed = (int)(target - _unquoted);
        return true;
    }

    private static byte ReadEscape(ref byte* at, byte* end)
    {
        byte letter = *at++;
        if (letter == 'x' && end - at >= 2 && Hexadecimal.Value(at[0]) >= 0 && Hexadecimal.Value(at[1]) >= 0)
        {
            int value = (Hexadecimal.Value(at[0]) * 16) + Hexadecimal.Value(at[1]);
            at += 2;
            return (byte)value;
        }

        return letter switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'b' => (byte)'\b',
            (byte)'a' => 7,
            _ => letter,
        };
    }

    // Fewer than isspace() skips between words: sdssplitargs does it so.
    private static bool EndsWord(byte letter) => letter is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0;

    // isspace() of the C locale.
    private static bool IsSpace(byte letter) => letter == ' ' || (uint)(letter - '\t') <= 4;
}
