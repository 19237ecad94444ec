using System;

namespace Epollsrv.Protocol.Resp;

/// <content>Reading arguments, with Redis's errors.</content>
internal sealed unsafe partial class RespCall
{
    private static ReadOnlySpan<byte> OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'."u8;

    /// <summary>The error of a command that counts its arguments itself.</summary>
    public void ReplyWrongArity() => ReplyErrorAbout("ERR wrong number of arguments for '"u8, Command->Name, "' command"u8);

    /// <summary>The error of options that make no sense.</summary>
    public void ReplySyntaxError() => ReplyError("ERR syntax error"u8);

    /// <summary>The error of a write that the store had no memory for.</summary>
    public void ReplyOutOfMemory() => ReplyError(OutOfMemory);

    /// <summary>The error of a number that is none.</summary>
    public void ReplyNotAnInteger() => ReplyError("ERR value is not an integer or out of range"u8);

    /// <summary>Reads a 64-bit number; false: the error is written.</summary>
    public bool TryReadInteger(int argument, out long value)
    {
        if (Numbers.TryParse(Arguments[argument].Data, Arguments[argument].Length, out value))
        {
            return true;
        }

        ReplyNotAnInteger();
        return false;
    }

    /// <summary>Reads a 64-bit number; false: this error is written.</summary>
    public bool TryReadInteger(Argument* argument, ReadOnlySpan<byte> complaint, out long value)
    {
        if (Numbers.TryParse(argument->Data, argument->Length, out value))
        {
            return true;
        }

        ReplyError(complaint);
        return false;
    }

    /// <summary>Reads a 32-bit number; false: the error is written.</summary>
    public bool TryReadInt(int argument, out int value)
    {
        value = 0;
        if (!TryReadInteger(argument, out long number))
        {
            return false;
        }

        if (number is < int.MinValue or > int.MaxValue)
        {
            ReplyError("ERR value is out of range, value must between -2147483648 and 2147483647"u8);
            return false;
        }

        value = (int)number;
        return true;
    }
}
