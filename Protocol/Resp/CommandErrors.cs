using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Redis's errors, and reading arguments with them.</summary>
internal static unsafe class CommandErrors
{
    /// <summary>Of a client's word in an error's text, bytes.</summary>
    public const int LongestNamed = 128;

    // Redis has no limit. A longer argument is cut in an error's text.
    private const int LongestInError = 16 * 1024;

    /// <summary>What a write is refused with when memory is out.</summary>
    public static ReadOnlySpan<byte> OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'."u8;

    /// <summary>
    /// An error that names something: up to its first zero, as C's %s prints; line ends in it become spaces, those at the end of
    /// the text are cut off.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ReplyErrorAbout(
        this CommandContext call, ReadOnlySpan<byte> before, ReadOnlySpan<byte> name, ReadOnlySpan<byte> after)
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

        call.ReplyError(text);
    }

    /// <summary>The error of a subcommand with the wrong number of arguments that counts them itself.</summary>
    /// <param name="call">The call.</param>
    /// <param name="after">"'. Try COMMAND HELP."</param>
    public static void ReplyWrongSubcommand(this CommandContext call, ReadOnlySpan<byte> after)
    {
        ReadOnlySpan<byte> name = call.Arguments[1].Span;
        name = name[..Math.Min(name.Length, LongestNamed)];
        call.ReplyErrorAbout("ERR unknown subcommand or wrong number of arguments for '"u8, name, after);
    }

    /// <summary>The error of a command that counts its arguments itself.</summary>
    public static void ReplyWrongArity(this CommandContext call)
        => call.ReplyErrorAbout("ERR wrong number of arguments for '"u8, call.Command->Name, "' command"u8);

    /// <summary>The error of options that make no sense.</summary>
    public static void ReplySyntaxError(this CommandContext call) => call.ReplyError("ERR syntax error"u8);

    /// <summary>The error of a write that the store had no memory for.</summary>
    public static void ReplyOutOfMemory(this CommandContext call) => call.ReplyError(OutOfMemory);

    /// <summary>The number that a change replies, behind what the connection is told of it; or that memory is out.</summary>
    public static void ReplyChange(this CommandContext call, bool done, long number)
    {
        if (!done)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.TellSelf();
        call.Reply.Integer(number);
    }

    /// <summary>The error of a pattern that would take too long (<see cref="Glob.IsTooLong"/>).</summary>
    public static void ReplyPatternTooLong(this CommandContext call)
        => call.ReplyError("ERR a pattern may have at most 1024 bytes between two stars, and 4096 in a set or row of stars"u8);

    /// <summary>The error of a number that is none.</summary>
    public static void ReplyNotAnInteger(this CommandContext call) => call.ReplyError("ERR value is not an integer or out of range"u8);

    /// <summary>Reads a 64-bit number; false: the error is written.</summary>
    public static bool TryReadInteger(this CommandContext call, int argument, out long value)
    {
        if (Numbers.TryParse(call.Arguments[argument].Data, call.Arguments[argument].Length, out value))
        {
            return true;
        }

        call.ReplyNotAnInteger();
        return false;
    }

    /// <summary>Reads a 64-bit number; false: this error is written.</summary>
    public static bool TryReadInteger(this CommandContext call, Argument* argument, ReadOnlySpan<byte> complaint, out long value)
    {
        if (Numbers.TryParse(argument->Data, argument->Length, out value))
        {
            return true;
        }

        call.ReplyError(complaint);
        return false;
    }

    /// <summary>Reads a 32-bit number; false: the error is written.</summary>
    public static bool TryReadInt(this CommandContext call, int argument, out int value)
    {
        value = 0;
        if (!call.TryReadInteger(argument, out long number))
        {
            return false;
        }

        if (number is < int.MinValue or > int.MaxValue)
        {
            call.ReplyError("ERR value is out of range, value must between -2147483648 and 2147483647"u8);
            return false;
        }

        value = (int)number;
        return true;
    }

    /// <summary>The error of a command that there is not.</summary>
    public static void ReplyUnknownCommand(this CommandContext call)
    {
        Span<byte> text = stackalloc byte[512];
        int length = 0;
        Append(text, ref length, "ERR unknown command '"u8);
        AppendNamed(text, ref length, call.Arguments, LongestNamed);
        Append(text, ref length, "', with args beginning with: "u8);
        int start = length;
        for (int i = 1; i < call.Count && length - start < LongestNamed; i++)
        {
            int room = LongestNamed - (length - start);
            text[length++] = (byte)'\'';
            AppendNamed(text, ref length, call.Arguments + i, room);
            Append(text, ref length, "' "u8);
        }

        call.ReplyError(text[..length]);
    }

    /// <summary>The error of a subcommand that there is not.</summary>
    public static void ReplyUnknownSubcommand(this CommandContext call)
    {
        Span<byte> text = stackalloc byte[512];
        int length = 0;
        Append(text, ref length, "ERR unknown subcommand '"u8);
        AppendNamed(text, ref length, call.Arguments + 1, LongestNamed);
        Append(text, ref length, "'. Try "u8);
        int start = length;
        AppendNamed(text, ref length, call.Arguments, LongestNamed);
        for (int i = start; i < length; i++)
        {
            text[i] = text[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(text[i] - 32) : text[i];
        }

        Append(text, ref length, " HELP."u8);
        call.ReplyError(text[..length]);
    }

    /// <summary>Puts bytes behind what a text has.</summary>
    public static void Append(Span<byte> text, ref int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(text[length..]);
        length += bytes.Length;
    }

    // A client's word in an error: cut, up to its first zero, and without line ends, which would break the protocol.
    private static void AppendNamed(Span<byte> text, ref int length, Argument* argument, int longest)
    {
        int count = Math.Min(argument->Length, longest);
        for (int i = 0; i < count && argument->Data[i] != 0; i++)
        {
            byte letter = argument->Data[i];
            text[length++] = letter is (byte)'\r' or (byte)'\n' ? (byte)' ' : letter;
        }
    }
}
