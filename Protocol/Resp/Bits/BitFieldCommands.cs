using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>BITFIELD and BITFIELD_RO.</summary>
internal static unsafe class BitFieldCommands
{
    /// <summary>BITFIELD key [GET type offset | SET type offset value | INCRBY type offset increment | OVERFLOW WRAP|SAT|FAIL] ….</summary>
    public static void BitField(CommandContext call) => Run(call, onlyGet: false);

    /// <summary>BITFIELD_RO key [GET type offset …].</summary>
    public static void BitFieldRo(CommandContext call) => Run(call, onlyGet: true);

    private static void Run(CommandContext call, bool onlyGet)
    {
        BitFieldOperation* operations = (BitFieldOperation*)Native.Memory.TryAllocate((nuint)call.Count * (nuint)sizeof(BitFieldOperation));
        if (operations == null)
        {
            call.ReplyOutOfMemory();
            return;
        }

        try
        {
            // A field can make the value grow; so much of it may have to be cleared.
            if (TryRead(call, onlyGet, operations, out int count, out long written)
                && ((written >> 3) <= CommandContext.LongValue || !call.DeferLong()))
            {
                Execute(call, operations, count, written);
            }
        }
        finally
        {
            NativeMemory.Free(operations);
        }
    }

    // written: behind the last bit that may be written, 0 when there are only GETs.
    private static void Execute(CommandContext call, BitFieldOperation* operations, int count, long written)
    {
        Argument* key = call.Arguments + 1;
        StoreAccess access = call.Access;
        ReplyBuffer replies = default;

        // Memory for all replies comes before the change.
        _ = replies.Reserve(ReplyBuffer.LongestNumber * (1L + count));
        replies.Add((byte)'*', count);
        bool changed = false;
        bool grows = false;
        Entry* entry;
        byte* data = null;
        long length = 0;
        if (written == 0)
        {
            access.Lock(call.Hash);
            entry = access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        }
        else if (!call.TryLockForEdit(key, out entry))
        {
            replies.Free(call.Thread);
            return;
        }

        bool edits = false;
        bool quiet = false;
        if (written > 0)
        {
            long before = entry == null ? 0 : entry->ValueLength;
            grows = (written + 7) >> 3 > before;
            // As Redis does: the value grows although every write of it failed, and nobody who watches the key is told.
            quiet = grows && !Writes(operations, count, entry == null ? null : entry->ValuePointer, before);
            edits = grows || Changes(operations, count, entry->ValuePointer, before);
            if (!edits)
            {
                // Nobody who watches the key is told, but its encoding is another.
                entry->SetCallerBits(EntryFlags.Raw);
            }
            else
            {
                length = Math.Max(before, (written + 7) >> 3);
                data = access.Editor.Begin(key->Data, key->Length, call.Hash, entry, length);
                if (data == null)
                {
                    access.Unlock();
                    replies.Free(call.Thread);
                    call.ReplyOutOfMemory();
                    return;
                }
            }
        }

        if (!edits && entry != null)
        {
            data = entry->ValuePointer;
            length = entry->ValueLength;
        }

        for (int i = 0; i < count; i++)
        {
            changed |= Apply(call, operations + i, data, length, grows, ref replies);
        }

        if (edits)
        {
            access.Editor.Commit(
                0, length, new ChangeNote(changed ? ChangeName.SetBit : ChangeName.None, isVerbatim: true, keepsFromWatchers: quiet));
        }

        access.Unlock();
        replies.Send(call.Thread);
        call.TellSelf();
    }

    // Whether any of the operations writes at all. Up to the first that does, the data are what they were.
    private static bool Writes(BitFieldOperation* operations, int count, byte* data, long length)
    {
        for (int i = 0; i < count; i++)
        {
            if (operations[i].Kind != BitFieldKind.Get && TryCompute(operations + i, data, length, out _, out _))
            {
                return true;
            }
        }

        return false;
    }

    // Whether any of the operations writes other bits than there are. Up to the first that does, the data are what they were.
    private static bool Changes(BitFieldOperation* operations, int count, byte* data, long length)
    {
        for (int i = 0; i < count; i++)
        {
            if (operations[i].Kind != BitFieldKind.Get && TryCompute(operations + i, data, length, out long old, out long value)
                && value != old)
            {
                return true;
            }
        }

        return false;
    }

    // Returns whether watchers and subscribers are to be told.
    private static bool Apply(
        CommandContext call, BitFieldOperation* operation, byte* data, long length, bool grows, ref ReplyBuffer replies)
    {
        if (!TryCompute(operation, data, length, out long old, out long value))
        {
            replies.Add(call.Reply.IsVersion3 ? "_\r\n"u8 : "$-1\r\n"u8);
            return false;
        }

        replies.Add((byte)':', operation->Kind == BitFieldKind.Increment ? value : old);
        if (operation->Kind == BitFieldKind.Get)
        {
            return false;
        }

        if (value != old)
        {
            BitFieldArithmetic.Write(data, operation->Offset, operation->Bits, (ulong)value);
        }

        return grows || value != old;
    }

    // The field's value before and after; false: it does not fit and the overflow says to fail.
    private static bool TryCompute(BitFieldOperation* operation, byte* data, long length, out long old, out long value)
    {
        ulong raw = BitFieldArithmetic.Read(data, length, operation->Offset, operation->Bits);
        old = operation->Signed ? BitFieldArithmetic.SignExtend(raw, operation->Bits) : (long)raw;
        value = old;
        if (operation->Kind == BitFieldKind.Get)
        {
            return true;
        }

        bool set = operation->Kind == BitFieldKind.Set;
        long start = set ? 0 : old;
        return operation->Signed
            ? BitFieldArithmetic.TryAddSigned(start, operation->Value, operation->Bits, operation->Overflow, set, out value)
            : BitFieldArithmetic.TryAddUnsigned((ulong)start, operation->Value, operation->Bits, operation->Overflow, set, out value);
    }

    private static bool TryRead(CommandContext call, bool onlyGet, BitFieldOperation* operations, out int count, out long written)
    {
        count = 0;
        written = 0;
        BitFieldOverflow overflow = BitFieldOverflow.Wrap;
        bool reads = true;
        for (int i = 2; i < call.Count;)
        {
            Argument* word = call.Arguments + i;
            int more = call.Count - i - 1;
            BitFieldOperation* operation = operations + count;
            if (more >= 2 && word->Is("get"u8))
            {
                operation->Kind = BitFieldKind.Get;
            }
            else if (more >= 3 && word->Is("set"u8))
            {
                operation->Kind = BitFieldKind.Set;
            }
            else if (more >= 3 && word->Is("incrby"u8))
            {
                operation->Kind = BitFieldKind.Increment;
            }
            else if (more >= 1 && word->Is("overflow"u8))
            {
                if (!TryReadOverflow(call, word + 1, out overflow))
                {
                    return false;
                }

                i += 2;
                continue;
            }
            else
            {
                call.ReplySyntaxError();
                return false;
            }

            if (!TryReadField(call, word + 1, operation))
            {
                return false;
            }

            operation->Overflow = overflow;
            operation->Value = 0;
            if (operation->Kind != BitFieldKind.Get)
            {
                reads = false;
                written = Math.Max(written, operation->Offset + operation->Bits);
                if (!call.TryReadInteger(i + 3, out operation->Value))
                {
                    return false;
                }
            }

            count++;
            i += operation->Kind == BitFieldKind.Get ? 3 : 4;
        }

        if (onlyGet && !reads)
        {
            call.ReplyError("ERR BITFIELD_RO only supports the GET subcommand"u8);
            return false;
        }

        return true;
    }

    private static bool TryReadOverflow(CommandContext call, Argument* name, out BitFieldOverflow overflow)
    {
        overflow = BitFieldOverflow.Wrap;
        if (name->Is("wrap"u8))
        {
            return true;
        }

        overflow = name->Is("sat"u8) ? BitFieldOverflow.Saturate : BitFieldOverflow.Fail;
        if (overflow == BitFieldOverflow.Saturate || name->Is("fail"u8))
        {
            return true;
        }

        call.ReplyError("ERR Invalid OVERFLOW type specified"u8);
        return false;
    }

    private static bool TryReadField(CommandContext call, Argument* type, BitFieldOperation* operation)
    {
        operation->Signed = type->Length > 0 && *type->Data == 'i';
        if (type->Length < 2 || (!operation->Signed && *type->Data != 'u')
            || !Numbers.TryParse(type->Data + 1, type->Length - 1, out long bits)
            || bits < 1 || bits > (operation->Signed ? 64 : 63))
        {
            call.ReplyError("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."u8);
            return false;
        }

        operation->Bits = (int)bits;
        return BitArguments.TryReadOffset(call, type + 1, (int)bits, out operation->Offset);
    }
}
