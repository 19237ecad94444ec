using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>BITCOUNT and BITPOS.</summary>
internal static unsafe class BitCountCommands
{
    /// <summary>BITCOUNT key [start end [BYTE|BIT]].</summary>
    public static void BitCount(CommandContext call)
    {
        if (!TryTake(call, out ValueSnapshot value))
        {
            return;
        }

        if (value.Data == null)
        {
            // Before the range is looked at, as in Redis.
            call.Reply.Integer(0);
        }
        else if (TryReadCountRange(call, value.Length, out long first, out long last))
        {
            call.Reply.Integer(first > last ? 0 : BitRange.Count(value.Data, first, last));
        }

        value.Free(call.Thread);
    }

    /// <summary>BITPOS key bit [start [end [BYTE|BIT]]].</summary>
    public static void BitPos(CommandContext call)
    {
        if (!BitArguments.TryReadBit(
            call, call.Arguments + 2, "ERR value is not an integer or out of range"u8, "ERR The bit argument must be 1 or 0."u8,
                out int bit))
        {
            return;
        }

        if (!TryTake(call, out ValueSnapshot value))
        {
            return;
        }

        if (value.Data == null)
        {
            // An endless row of zeros.
            call.Reply.Integer(bit == 0 ? 0 : -1);
        }
        else if (TryReadFindRange(call, value.Length, out long first, out long last))
        {
            long found = first > last ? -1 : BitRange.Find(value.Data, first, last, bit != 0);
            if (found < 0 && bit == 0 && first <= last && call.Count < 5)
            {
                // Without an end the value goes on with zeros.
                found = value.Length << 3;
            }

            call.Reply.Integer(found);
        }

        value.Free(call.Thread);
    }

    private static bool TryReadCountRange(CommandContext call, long length, out long first, out long last)
    {
        first = 0;
        last = (length << 3) - 1;
        if (call.Count == 2)
        {
            return true;
        }

        if (call.Count is < 4 or > 5)
        {
            call.ReplySyntaxError();
            return false;
        }

        if (!call.TryReadInteger(2, out long start) || !call.TryReadInteger(3, out long end))
        {
            return false;
        }

        if (start < 0 && end < 0 && start > end)
        {
            last = -1;
            return true;
        }

        if (!BitArguments.TryReadUnit(call, 4, out int unit))
        {
            return false;
        }

        Limit(start, end, length << 3, unit, out first, out last);
        return true;
    }

    private static bool TryReadFindRange(CommandContext call, long length, out long first, out long last)
    {
        first = 0;
        last = (length << 3) - 1;
        if (call.Count == 3)
        {
            return true;
        }

        if (call.Count > 6)
        {
            call.ReplySyntaxError();
            return false;
        }

        if (!call.TryReadInteger(3, out long start) || !BitArguments.TryReadUnit(call, 5, out int unit))
        {
            return false;
        }

        long end = long.MaxValue;
        if (call.Count > 4 && !call.TryReadInteger(4, out end))
        {
            return false;
        }

        Limit(start, end, length << 3, unit, out first, out last);
        return true;
    }

    // Positions from the end become positions from the start, and all become bits.
    private static void Limit(long start, long end, long bits, int unit, out long first, out long last)
    {
        long units = bits / unit;
        start = Math.Max(start < 0 ? start + units : start, 0);
        end = Math.Min(Math.Max(end < 0 ? end + units : end, 0), units - 1);
        first = start > end ? 1 : start * unit;
        last = start > end ? 0 : (end * unit) + unit - 1;
    }

    // The first key's value; a long one is only looked at by workers. False: handed to one.
    private static bool TryTake(CommandContext call, out ValueSnapshot value)
    {
        value = default;
        Argument* key = call.Arguments + 1;
        call.Access.Lock(call.Hash);
        value.Take(call, call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash));
        call.Access.Unlock();
        if (value.Length <= CommandContext.LongValue || !call.DeferLong())
        {
            return true;
        }

        value.Free(call.Thread);
        return false;
    }
}
