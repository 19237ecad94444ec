using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>KEYS, SCAN, RANDOMKEY.</summary>
internal static unsafe class ScanCommands
{
    // SCAN with a larger COUNT is long.
    private const int LongCount = 1000;

    private const int DefaultCount = 10;

    /// <summary>KEYS pattern.</summary>
    public static void Keys(CommandContext call)
    {
        if (call.DeferLong())
        {
            return;
        }

        if (IsPatternRefused(call, call.Arguments + 1))
        {
            return;
        }

        ScanState state = ScanState.Take(call);
        state.Pattern = PatternOf(call.Arguments + 1);
        if (!state.TryRun(call, long.MaxValue))
        {
            return;
        }

        call.Reply.Array(state.Found.Count);
        state.Found.Send(call.Thread);
    }

    /// <summary>SCAN cursor [MATCH pattern] [COUNT count] [TYPE type].</summary>
    public static void Scan(CommandContext call)
    {
        if (!TryReadCursor(call.Arguments + 1, out ulong cursor))
        {
            call.ReplyError("ERR invalid cursor"u8);
            return;
        }

        if (!TryReadOptions(call, out Argument* pattern, out bool otherType, out long count) || (count > LongCount && call.DeferLong()))
        {
            return;
        }

        ScanState state = ScanState.Take(call);
        state.Pattern = pattern;
        state.OtherType = otherType;
        state.Cursor = state.HasBegun ? state.Cursor : cursor;
        if (!state.TryRun(call, count))
        {
            return;
        }

        byte* text = stackalloc byte[Numbers.Longest + 1];
        call.Reply.Array(2);
        call.Reply.Bulk(text, Numbers.Write(text, (long)state.Cursor));
        call.Reply.Array(state.Found.Count);
        state.Found.Send(call.Thread);
    }

    /// <summary>RANDOMKEY.</summary>
    public static void RandomKey(CommandContext call)
    {
        call.HoldOutput(true);
        Entry* entry = KeyScan.LockRandom(call.Access);
        if (entry == null)
        {
            KeyScan.ObserveCounts(call.Access);
            call.Reply.Null();
        }
        else
        {
            call.Reply.Bulk(entry->KeyPointer, entry->KeyLength);
            call.Access.ObserveAll();
            call.Access.Unlock();
        }

        call.HoldOutput(false);
    }

    private static Argument* PatternOf(Argument* pattern) => pattern->Length == 1 && *pattern->Data == '*' ? null : pattern;

    private static bool IsPatternRefused(CommandContext call, Argument* pattern)
    {
        if (!Glob.IsTooLong(pattern->Span))
        {
            return false;
        }

        call.ReplyPatternTooLong();
        return true;
    }

    private static bool TryReadOptions(CommandContext call, out Argument* pattern, out bool otherType, out long count)
    {
        pattern = null;
        otherType = false;
        count = DefaultCount;
        for (int i = 2; i < call.Count; i += 2)
        {
            Argument* option = call.Arguments + i;
            Argument* value = option + 1;
            bool more = i + 1 < call.Count;
            if (more && option->Is("count"u8))
            {
                if (!call.TryReadInteger(i + 1, out count))
                {
                    return false;
                }

                if (count < 1)
                {
                    call.ReplySyntaxError();
                    return false;
                }
            }
            else if (more && option->Is("match"u8))
            {
                pattern = PatternOf(value);
                if (IsPatternRefused(call, value))
                {
                    return false;
                }
            }
            else if (more && option->Is("type"u8))
            {
                otherType = !value->Is("string"u8);
            }
            else
            {
                call.ReplySyntaxError();
                return false;
            }
        }

        return true;
    }

    // What strtoul takes without spaces in front: a sign, digits, nothing behind them but what a zero hides.
    private static bool TryReadCursor(Argument* argument, out ulong cursor)
    {
        cursor = 0;
        int zero = argument->Span.IndexOf((byte)0);
        int length = zero < 0 ? argument->Length : zero;
        int i = argument->Length > 0 && argument->Data[0] is (byte)'+' or (byte)'-' ? 1 : 0;
        bool negative = i == 1 && argument->Data[0] == '-';
        if (i == length)
        {
            return i == 0;
        }

        for (; i < length; i++)
        {
            uint digit = (uint)(argument->Data[i] - '0');
            if (digit > 9 || cursor > (ulong.MaxValue - digit) / 10)
            {
                return false;
            }

            cursor = (cursor * 10) + digit;
        }

        cursor = negative ? 0 - cursor : cursor;
        return true;
    }
}
