using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>The form of log records: commands in RESP, as Redis writes them into its append-only file. Any thread.</summary>
internal static unsafe class RecordEncoder
{
    // The words and lengths of a SET, without what tells its time.
    private const int MostAroundPut = 32 + (2 * Numbers.Longest);

    /// <summary>Adds the record that has the records behind it belong to a database.</summary>
    public static void AddSelect(ref RecordBuffer buffer, int database)
    {
        buffer.AddHeader((byte)'*', 2);
        buffer.AddBulk("SELECT"u8);
        buffer.AddBulk(database);
    }

    /// <summary>Adds what an effect comes to: SET, APPEND, DEL, PEXPIREAT, PERSIST, EXISTS, FLUSHALL, FLUSHDB or SWAPDB.</summary>
    public static void AddDerived(ref RecordBuffer buffer, Effect* effect)
    {
        ReadOnlySpan<byte> key = new(effect->Key, effect->KeyLength);
        switch (effect->Kind)
        {
            case EffectKind.Flush:
                bool all = effect->Database != effect->OtherDatabase;
                buffer.AddHeader((byte)'*', 1);
                buffer.AddBulk(all ? "FLUSHALL"u8 : "FLUSHDB"u8);
                break;
            case EffectKind.Swap:
                buffer.AddHeader((byte)'*', 3);
                buffer.AddBulk("SWAPDB"u8);
                buffer.AddBulk(effect->Database);
                buffer.AddBulk(effect->OtherDatabase);
                break;
            case EffectKind.Delete:
                buffer.AddHeader((byte)'*', 2);
                buffer.AddBulk("DEL"u8);
                buffer.AddBulk(key);
                break;
            case EffectKind.Expiry when effect->Entry->HasExpiry:
                buffer.AddHeader((byte)'*', 3);
                buffer.AddBulk("PEXPIREAT"u8);
                buffer.AddBulk(key);
                buffer.AddBulk(effect->Entry->Expiry);
                break;
            case EffectKind.Item:
                // A command that changes nothing: the fields go to its key.
                AddItem(ref buffer, effect->Entry->Item);
                buffer.AddHeader((byte)'*', 2);
                buffer.AddBulk("EXISTS"u8);
                buffer.AddBulk(key);
                break;
            case EffectKind.Expiry:
                buffer.AddHeader((byte)'*', 2);
                buffer.AddBulk("PERSIST"u8);
                buffer.AddBulk(key);
                break;
            case EffectKind.Edit when effect->Note.First == ChangeName.Append && effect->Offset != 0
                && effect->Offset + effect->Length == effect->Entry->ValueLength:
                AddAppend(ref buffer, effect);
                break;
            default:
                _ = AddPut(ref buffer, effect, withValue: true);
                break;
        }
    }

    // What was written ends the value. Not of bytes that were put in front (offset 0): RESP has no command for these.
    private static void AddAppend(ref RecordBuffer buffer, Effect* effect)
    {
        if (!effect->Entry->Item.IsNone)
        {
            AddItem(ref buffer, effect->Entry->Item);
        }

        buffer.AddHeader((byte)'*', 3);
        buffer.AddBulk("APPEND"u8);
        buffer.AddBulk(new ReadOnlySpan<byte>(effect->Key, effect->KeyLength));
        buffer.AddBulk(effect->Entry->Value.Slice((int)effect->Offset, (int)effect->Length));
    }

    /// <summary>Adds a SET, behind the ECHO that has an item's fields, if it has some.</summary>
    /// <returns>How many bytes of the buffer come before the value's.</returns>
    public static long AddPut(ref RecordBuffer buffer, Effect* effect, bool withValue)
    {
        // Nearly every record is one: written in one go.
        Entry* entry = effect->Entry;
        if (!entry->Item.IsNone)
        {
            AddItem(ref buffer, entry->Item);
        }

        bool expires = entry->HasExpiry;
        long valueLength = withValue ? entry->ValueLength : 0;
        byte* at = buffer.Room(MostAroundPut + effect->KeyLength + valueLength);
        at = Copy(at, expires ? "*5\r\n$3\r\nSET\r\n$"u8 : "*3\r\n$3\r\nSET\r\n$"u8);
        at = EndLine(at + Numbers.Write(at, effect->KeyLength));
        at = EndLine(Copy(at, new ReadOnlySpan<byte>(effect->Key, effect->KeyLength)));
        *at++ = (byte)'$';
        at = EndLine(at + Numbers.Write(at, entry->ValueLength));
        long head = at - buffer.Data;
        if (withValue)
        {
            at = Copy(at, entry->Value);
        }

        buffer.AddRoom(EndLine(at));
        if (expires)
        {
            buffer.AddBulk("PXAT"u8);
            buffer.AddBulk(entry->Expiry);
        }

        return head;
    }

    // Redis answers an ECHO and does nothing.
    private static void AddItem(ref RecordBuffer buffer, ItemFields item)
    {
        byte* text = stackalloc byte[ItemText.Longest];
        int length = ItemText.Write(text, item);
        buffer.AddHeader((byte)'*', 2);
        buffer.AddBulk("ECHO"u8);
        buffer.AddHeader((byte)'$', ItemText.Prefix.Length + length);
        buffer.Add(ItemText.Prefix);
        buffer.Add(new ReadOnlySpan<byte>(text, length));
        buffer.Add("\r\n"u8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Copy(byte* to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(to, bytes.Length));
        return to + bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* EndLine(byte* to)
    {
        to[0] = (byte)'\r';
        to[1] = (byte)'\n';
        return to + 2;
    }
}
