using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Bit offsets as arguments.</summary>
internal static unsafe class BitArguments
{
    private const int MostBits = 8;

    /// <summary>
    /// Reads a bit offset; with <paramref name="bits"/> above 0 a form <c>#n</c> is allowed, which counts fields of so many bits.
    /// False: the error is written.
    /// </summary>
    public static bool TryReadOffset(CommandContext call, Argument* argument, int bits, out long offset)
    {
        bool counted = bits > 0 && argument->Length > 0 && *argument->Data == '#';
        int sign = counted ? 1 : 0;
        bool valid = Numbers.TryParse(argument->Data + sign, argument->Length - sign, out offset);
        if (counted)
        {
            long scaled = unchecked(offset * bits);
            valid &= scaled / bits == offset;
            offset = scaled;
        }

        if (!valid || offset < 0 || (offset >> 3) >= call.LongestValue())
        {
            call.ReplyError("ERR bit offset is not an integer or out of range"u8);
            return false;
        }

        return true;
    }

    /// <summary>Reads 0 or 1; false: this error is written.</summary>
    public static bool TryReadBit(
        CommandContext call, Argument* argument, ReadOnlySpan<byte> notANumber, ReadOnlySpan<byte> outOfRange, out int bit)
    {
        bool valid = call.TryReadInteger(argument, notANumber, out long value);
        bit = (int)(value & 1);
        if (valid && (value & ~1L) != 0)
        {
            call.ReplyError(outOfRange);
            return false;
        }

        return valid;
    }

    /// <summary>Whether the unit of a range is bits rather than bytes; false: the error is written.</summary>
    public static bool TryReadUnit(CommandContext call, int argument, out int bitsInUnit)
    {
        bitsInUnit = MostBits;
        if (argument >= call.Count || call.Arguments[argument].Is("byte"u8))
        {
            return true;
        }

        bitsInUnit = 1;
        if (call.Arguments[argument].Is("bit"u8))
        {
            return true;
        }

        call.ReplySyntaxError();
        return false;
    }
}
