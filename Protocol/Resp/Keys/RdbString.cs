using System;
using System.Buffers.Binary;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Strings and lengths in Redis's RDB format, which files and DUMP have in common: reading what stands before a string's bytes, and
/// writing. Nothing that is read is trusted.
/// </summary>
internal unsafe struct RdbString
{
    /// <summary>Most bytes of a length.</summary>
    public const int LongestLength = 9;

    /// <summary>Most bytes before a string's own: an encoding and two lengths.</summary>
    public const int LongestHeader = 1 + (2 * LongestLength);

    /// <summary>Longer texts are never written as numbers.</summary>
    public const int LongestNumber = 11;

    /// <summary>How the string stands there.</summary>
    public RdbStringKind Kind { get; private set; }

    /// <summary>Bytes that follow the header; of a number, none.</summary>
    public long StoredLength { get; private set; }

    /// <summary>Bytes of the string itself. Not set for a number.</summary>
    public long Length { get; private set; }

    /// <summary>The string when it is a number.</summary>
    public int Number { get; private set; }

    /// <summary>Reads the header of a string.</summary>
    /// <param name="at">Its first byte.</param>
    /// <param name="available">Bytes that may be read there.</param>
    /// <param name="text">What it says.</param>
    /// <returns>Bytes of the header; 0: it is longer than what is available; −1: it is none.</returns>
    public static int Read(byte* at, long available, out RdbString text)
    {
        text = default;
        if (available < 1)
        {
            return 0;
        }

        if (*at >> 6 == DumpFormat.Encoded)
        {
            int encoding = *at & 0x3F;
            return encoding == DumpFormat.Lzf ? text.ReadCompressed(at, available) : text.ReadNumber(at, available, encoding);
        }

        int bytes = ReadLength(at, available, out ulong length);
        text.Length = text.StoredLength = (long)length;
        return length > long.MaxValue ? -1 : bytes;
    }

    /// <summary>Reads a length.</summary>
    /// <returns>As <see cref="Read"/>.</returns>
    public static int ReadLength(byte* at, long available, out ulong length)
    {
        length = 0;
        if (available < 1)
        {
            return 0;
        }

        byte first = *at;
        if (first >> 6 == DumpFormat.Length6)
        {
            length = first;
            return 1;
        }

        int bytes = first == DumpFormat.Length32 ? 5 : first == DumpFormat.Length64 ? 9 : first >> 6 == DumpFormat.Length14 ? 2 : -1;
        if (bytes < 0 || available < bytes)
        {
            return Math.Min(bytes, 0);
        }

        length = bytes switch
        {
            2 => (ulong)(((first & 0x3F) << 8) | at[1]),
            5 => BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(at + 1, 4)),
            _ => BinaryPrimitives.ReadUInt64BigEndian(new ReadOnlySpan<byte>(at + 1, 8)),
        };
        return bytes;
    }

    /// <summary>Writes a length, and moves <paramref name="at"/> on: at most <see cref="LongestLength"/> bytes.</summary>
    public static void WriteLength(ref byte* at, long length)
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
        else if (length <= uint.MaxValue)
        {
            *at++ = DumpFormat.Length32;
            BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(at, 4), (uint)length);
            at += 4;
        }
        else
        {
            *at++ = DumpFormat.Length64;
            BinaryPrimitives.WriteInt64BigEndian(new Span<byte>(at, 8), length);
            at += 8;
        }
    }

    /// <summary>Writes a string as a number of 8, 16 or 32 bits, in at most 5 bytes, and moves <paramref name="at"/> on.</summary>
    /// <returns>False: the string is not the shortest text of such a number. Nothing is written.</returns>
    public static bool TryWriteNumber(ref byte* at, byte* text, long length)
    {
        if (length > LongestNumber || !Numbers.TryParse(text, (int)length, out long number) || number != (int)number)
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

    private int ReadCompressed(byte* at, long available)
    {
        Kind = RdbStringKind.Compressed;
        int first = ReadLength(at + 1, available - 1, out ulong compressed);
        if (first <= 0)
        {
            return first;
        }

        int second = ReadLength(at + 1 + first, available - 1 - first, out ulong length);
        if (second <= 0)
        {
            return second;
        }

        StoredLength = (long)compressed;
        Length = (long)length;
        return compressed is 0 or > long.MaxValue || length > long.MaxValue ? -1 : 1 + first + second;
    }

    private int ReadNumber(byte* at, long available, int encoding)
    {
        int bytes = encoding switch
        {
            DumpFormat.Integer8 => 1,
            DumpFormat.Integer16 => 2,
            DumpFormat.Integer32 => 4,
            _ => -1,
        };
        if (bytes < 0 || available <= bytes)
        {
            return Math.Min(bytes, 0);
        }

        Kind = RdbStringKind.Number;
        ReadOnlySpan<byte> number = new(at + 1, bytes);
        Number = bytes switch
        {
            1 => (sbyte)number[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(number),
            _ => BinaryPrimitives.ReadInt32LittleEndian(number),
        };
        return 1 + bytes;
    }
}
