using System;
using System.Buffers.Binary;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Journal.Rdb;

/// <summary>
/// Writes an RDB file of strings, version 9, which every Redis since 5 and every valkey reads. In this order: header, notes, for each
/// database its number, its sizes and its keys, end. Nothing is compressed. Any thread.
/// </summary>
internal static unsafe class RdbEncoder
{
    private const int LongestExpiry = 1 + sizeof(long);

    /// <summary>Begins a file.</summary>
    public static void AddHeader(ref RecordBuffer to) => to.Add("REDIS0009"u8);

    /// <summary>Adds a note on the file: "redis-ver" and others.</summary>
    public static void AddAux(ref RecordBuffer to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        byte* at = to.Room(1);
        *at++ = RdbCode.Aux;
        to.AddRoom(at);
        AddString(ref to, name);
        AddString(ref to, text);
    }

    /// <summary>The same with a number.</summary>
    public static void AddAux(ref RecordBuffer to, ReadOnlySpan<byte> name, long number)
    {
        byte* text = stackalloc byte[Numbers.Longest];
        AddAux(ref to, name, new ReadOnlySpan<byte>(text, Numbers.Write(text, number)));
    }

    /// <summary>Adds the note that gives an item's fields to the key that must follow.</summary>
    public static void AddItem(ref RecordBuffer to, ItemFields item)
    {
        byte* text = stackalloc byte[ItemText.Longest];
        AddAux(ref to, ItemText.NoteName, new ReadOnlySpan<byte>(text, ItemText.Write(text, item)));
    }

    /// <summary>Says which database the next keys are in.</summary>
    public static void AddSelect(ref RecordBuffer to, int database)
    {
        byte* at = to.Room(1 + RdbString.LongestLength);
        *at++ = RdbCode.Select;
        RdbString.WriteLength(ref at, database);
        to.AddRoom(at);
    }

    /// <summary>Says how many keys the database has, and how many of them expire: a hint, which may be wrong.</summary>
    public static void AddResize(ref RecordBuffer to, long keys, long expiring)
    {
        byte* at = to.Room(1 + (2 * RdbString.LongestLength));
        *at++ = RdbCode.Resize;
        RdbString.WriteLength(ref at, keys);
        RdbString.WriteLength(ref at, expiring);
        to.AddRoom(at);
    }

    /// <summary>Adds a key and its value.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="expiry">When the key expires, Unix milliseconds; 0: never.</param>
    public static void AddKey(ref RecordBuffer to, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expiry)
    {
        AddKeyAlone(ref to, key, expiry);
        AddString(ref to, value);
    }

    /// <summary>Adds all of a key but its value's bytes, which must follow: as many as said, and more than
    /// <see cref="RdbString.LongestNumber"/>.</summary>
    public static void AddKeyHead(ref RecordBuffer to, ReadOnlySpan<byte> key, long valueLength, long expiry)
    {
        AddKeyAlone(ref to, key, expiry);
        byte* at = to.Room(RdbString.LongestLength);
        RdbString.WriteLength(ref at, valueLength);
        to.AddRoom(at);
    }

    /// <summary>Ends the file.</summary>
    /// <param name="to">Where to: what is there already belongs to the file, and to the checksum.</param>
    /// <param name="checksum">Of all bytes of the file before those in the buffer; 0 when there are none.</param>
    public static void AddEnd(ref RecordBuffer to, ulong checksum)
    {
        byte* at = to.Room(1 + sizeof(ulong));
        *at++ = RdbCode.End;
        to.AddRoom(at);
        BinaryPrimitives.WriteUInt64LittleEndian(
            new Span<byte>(at, sizeof(ulong)), Crc64.Compute(checksum, to.Data, to.Length));
        to.AddRoom(at + sizeof(ulong));
    }

    private static void AddKeyAlone(ref RecordBuffer to, ReadOnlySpan<byte> key, long expiry)
    {
        byte* at = to.Room(LongestExpiry + 1);
        if (expiry != 0)
        {
            *at++ = RdbCode.ExpiryMilliseconds;
            BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(at, sizeof(long)), expiry);
            at += sizeof(long);
        }

        *at++ = RdbType.String;
        to.AddRoom(at);
        AddString(ref to, key);
    }

    private static void AddString(ref RecordBuffer to, ReadOnlySpan<byte> text)
    {
        byte* at = to.Room(RdbString.LongestHeader + text.Length);
        fixed (byte* bytes = text)
        {
            if (!RdbString.TryWriteNumber(ref at, bytes, text.Length))
            {
                RdbString.WriteLength(ref at, text.Length);
                text.CopyTo(new Span<byte>(at, text.Length));
                at += text.Length;
            }
        }

        to.AddRoom(at);
    }
}
