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
    private const int LongestHeader = 16;

    /// <summary>DUMP key.</summary>
    public static void Dump(CommandContext call)
    {
        Argument* key = call.Arguments + 1;
        ValueSnapshot value = default;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupRead(key->Data, key->Length, call.Hash);
        bool found = entry != null;
        value.Take(call, entry);
        call.Access.Unlock();
        if (!found)
        {
            call.Reply.Null();
        }
        else if (value.Length <= CommandContext.LongValue || !call.DeferLong())
        {
            Write(call, in value);
        }

        value.Free(call.Thread);
    }

    private static void Write(CommandContext call, in ValueSnapshot value)
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
        if (!RdbString.TryWriteNumber(ref at, value.Data, value.Length))
        {
            RdbString.WriteLength(ref at, value.Length);
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
}
