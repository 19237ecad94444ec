using System;
using System.Runtime.InteropServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>LCS: the longest common subsequence of two values (dynamic programming over a table, as in Redis's t_string.c).</summary>
internal static unsafe class LcsCommand
{
    /// <summary>LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN].</summary>
    public static void Lcs(CommandContext call)
    {
        if (call.DeferLong())
        {
            return;
        }

        ValueSnapshot first = default;
        ValueSnapshot second = default;
        try
        {
            call.LockPair();
            bool taken = TryTake(call, 0, ref first) && TryTake(call, 1, ref second);
            call.UnlockKeys();
            if (taken)
            {
                Run(call, in first, in second);
            }
            else
            {
                call.ReplyOutOfMemory();
            }
        }
        finally
        {
            first.Free(call.Thread);
            second.Free(call.Thread);
        }
    }

    private static bool TryTake(CommandContext call, int index, ref ValueSnapshot value)
    {
        Argument* key = call.Arguments + 1 + index;
        call.Access.Lock(call.Hashes[index]);
        bool taken = value.TryTake(call.Thread, call.Access.Keys.LookupRead(key->Data, key->Length, call.Hashes[index]));
        call.Access.Unlock();
        return taken;
    }

    private static void Run(CommandContext call, in ValueSnapshot first, in ValueSnapshot second)
    {
        bool lengthOnly = false;
        bool ranges = false;
        bool withLength = false;
        long shortest = 0;
        for (int i = 3; i < call.Count; i++)
        {
            Argument* option = call.Arguments + i;
            if (option->Is("idx"u8))
            {
                ranges = true;
            }
            else if (option->Is("len"u8))
            {
                lengthOnly = true;
            }
            else if (option->Is("withmatchlen"u8))
            {
                withLength = true;
            }
            else if (option->Is("minmatchlen"u8) && i + 1 < call.Count)
            {
                if (!call.TryReadInteger(++i, out shortest))
                {
                    return;
                }
            }
            else
            {
                call.ReplySyntaxError();
                return;
            }
        }

        if (ranges && lengthOnly)
        {
            call.ReplyError("ERR If you want both the length and indexes, please just use IDX."u8);
            return;
        }

        ulong cells = ((ulong)first.Length + 1) * ((ulong)second.Length + 1);
        if (cells * sizeof(uint) > (ulong)call.Common.Options.MaxValue)
        {
            call.ReplyError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"u8);
            return;
        }

        uint* table = (uint*)Native.Memory.TryAllocateZeroed((nuint)cells * sizeof(uint));
        if (table == null)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.Thread.Hold((long)cells * sizeof(uint));
        try
        {
            Fill(table, in first, in second);
            if (lengthOnly)
            {
                call.Reply.Integer(table[cells - 1]);
            }
            else
            {
                Trace(call, table, in first, in second, ranges, withLength, shortest);
            }
        }
        finally
        {
            NativeMemory.Free(table);
            call.Thread.Hold(-(long)cells * sizeof(uint));
        }
    }

    private static void Fill(uint* table, in ValueSnapshot first, in ValueSnapshot second)
    {
        long width = second.Length + 1;
        for (long i = 1; i <= first.Length; i++)
        {
            uint* row = table + (i * width);
            uint* above = row - width;
            byte letter = first.Data[i - 1];
            for (long j = 1; j < width; j++)
            {
                row[j] = letter == second.Data[j - 1] ? above[j - 1] + 1 : Math.Max(above[j], row[j - 1]);
            }
        }
    }

    // Goes back through the table from its end; neighbouring matches are joined to ranges.
    private static void Trace(
        CommandContext call, uint* table, in ValueSnapshot first, in ValueSnapshot second, bool ranges, bool withLength, long shortest)
    {
        long width = second.Length + 1;
        long i = first.Length;
        long j = second.Length;
        uint length = table[(i * width) + j];
        uint left = length;
        ReplyBuffer matches = default;
        byte* text = ranges ? null : matches.Reserve(length);
        long count = 0;
        LcsRange range = new(first.Length);
        while (i > 0 && j > 0)
        {
            bool ended = false;
            if (first.Data[i - 1] == second.Data[j - 1])
            {
                if (!ranges)
                {
                    text[left - 1] = first.Data[i - 1];
                }

                ended = !range.TryExtend(i, j) || range.IsAtStart;
                left--;
                i--;
                j--;
            }
            else
            {
                if (table[((i - 1) * width) + j] > table[(i * width) + j - 1])
                {
                    i--;
                }
                else
                {
                    j--;
                }

                ended = range.IsOpen;
            }

            if (ended)
            {
                if (ranges && (shortest <= 0 || range.Length >= shortest))
                {
                    range.Add(ref matches, withLength);
                    count++;
                }

                range.Close();
            }
        }

        if (ranges)
        {
            call.Reply.Map(2);
            call.Reply.Bulk("matches"u8);
            call.Reply.Array(count);
            matches.Send(call.Thread);
            call.Reply.Bulk("len"u8);
            call.Reply.Integer(length);
        }
        else
        {
            call.Reply.Bulk(text, length);
            matches.Free();
        }
    }
}
