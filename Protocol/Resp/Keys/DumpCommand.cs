using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>DUMP: a value in Redis's format, with version and checksum, that RESTORE reads here and there.</summary>
internal static unsafe class DumpCommand
{
    // Shorter texts are tried as numbers even when they were not kept as such.
    private const int LongestTriedNumber = 11;

    private const int LongestHeader = 16;

    /// <summary>DUMP key.</summary>
    public static void Dump(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        ValueSnapshot value = default;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        bool found = entry != null;
        bool mayBeNumber = found && ((entry->Flags & (EntryFlags.Raw | EntryFlags.Text)) == 0 || entry->ValueLength <= LongestTriedNumber);
        value.Take(call, entry);
        call.Access.Unlock();
        if (!found)
        {
            call.Reply.Null();
        }
        else if (value.Length <= CommandContext.LongValue || !call.DeferLong())
        {
            Write(call, in value, mayBeNumber);
        }

        value.Free(call.Thread);
    }

    private static void Write(CommandContext call, in ValueSnapshot value, bool mayBeNumber)
    {
        long size = LongestHeader + value.Length + DumpFormat.FooterBytes;
        byte* text = (byte*)Native.Memory.TryAllocate((nuint)size);
        if (text == null)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.Thread.Hold(size);
        byte* at = text;
        *at++ = DumpFormat.StringType;
        if (!mayBeNumber || !TryWriteNumber(ref at, in value))
        {
            WriteLength(ref at, value.Length);
            Buffer.MemoryCopy(value.Data, at, value.Length, value.Length);
            at += value.Length;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(new Span<byte>(at, 2), DumpFormat.Version);
        at += 2;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(at, 8), Crc64.Compute(0, text, at - text));
        at += 8;
        call.Reply.Bulk(text, at - text);
        NativeMemory.Free(text);
        call.Thread.Hold(-size);
    }

    private static bool TryWriteNumber(ref byte* at, in ValueSnapshot value)
    {
        if (value.Length > LongestTriedNumber || !Numbers.TryParse(value.Data, (int)value.Length, out long number) || number != (int)number)
        {
            return false;
        }

        if (number == (sbyte)number)
        {
            *at++ = (DumpFormat.Encoded << 6) | DumpFormat.Integer8;
            *at++ = (byte)number;
        }
        else if (number == (short)number)
        {
            *at++ = (DumpFormat.Encoded << 6) | DumpFormat.Integer16;
            BinaryPrimitives.WriteInt16LittleEndian(new Span<byte>(at, 2), (short)number);
            at += 2;
        }
        else
        {
            *at++ = (DumpFormat.Encoded << 6) | DumpFormat.Integer32;
            BinaryPrimitives.WriteInt32LittleEndian(new Span<byte>(at, 4), (int)number);
            at += 4;
        }

        return true;
    }

    private static void WriteLength(ref byte* at, long length)
    {
        if (length < 1 << 6)
        {
            *at++ = (byte)length;
        }
        else if (length < 1 << 14)
        {
            *at++ = (byte)((DumpFormat.Length14 << 6) | (int)(length >> 8));
            *at++ = (byte)length;
        }
        else
        {
            *at++ = DumpFormat.Length32;
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(at, 4), (uint)length);
            at += 4;
        }
    }
}
