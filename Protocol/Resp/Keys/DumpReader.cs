using System;
using System.Buffers.Binary;

namespace Epollsrv.Protocol.Resp;

/// <summary>Reads the payload of a DUMP. Nothing in it is trusted.</summary>
internal unsafe struct DumpReader
{
    private readonly byte* _end;
    private byte* _at;

    /// <summary>Makes a reader of a payload whose footer is right.</summary>
    public DumpReader(Argument* payload)
    {
        _at = payload->Data;
        _end = payload->Data + payload->Length - DumpFormat.FooterBytes;
    }

    /// <summary>Bytes of the value.</summary>
    public long ValueLength { get; private set; }

    /// <summary>Bytes of <see cref="Data"/> when it is compressed; 0: it is not.</summary>
    public long CompressedLength { get; private set; }

    /// <summary>The value as it stands in the payload; null: a number, in <see cref="Number"/>.</summary>
    public byte* Data { get; private set; }

    /// <summary>The value when it is a number.</summary>
    public long Number { get; private set; }

    /// <summary>Whether version and checksum are right.</summary>
    public static bool IsIntact(Argument* payload)
    {
        if (payload->Length < DumpFormat.FooterBytes)
        {
            return false;
        }

        byte* footer = payload->Data + payload->Length - DumpFormat.FooterBytes;
        return BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(footer, 2)) <= DumpFormat.Version
            && BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(footer + 2, 8)) == Crc64.Compute(
                0, payload->Data, payload->Length - 8);
    }

    /// <summary>Reads the header of a string; false: it is something else or broken.</summary>
    public bool TryReadString()
    {
        if (_end - _at < 2 || *_at++ != DumpFormat.StringType)
        {
            return false;
        }

        if (*_at >> 6 == DumpFormat.Encoded)
        {
            int encoding = *_at++ & 0x3F;
            return encoding == DumpFormat.Lzf ? TryReadCompressed() : TryReadNumber(encoding);
        }

        if (!TryReadLength(out long length) || length > _end - _at)
        {
            return false;
        }

        ValueLength = length;
        Data = _at;
        return true;
    }

    /// <summary>
    /// Writes a compressed value out; false: it is broken. LZF as in liblzf's lzf_d.c. With
    /// <paramref name="to"/> null nothing is written: room is only made for a value that is what it announces.
    /// </summary>
    public readonly bool TryDecompress(byte* to)
    {
        byte* from = Data;
        byte* fromEnd = from + CompressedLength;
        long written = 0;
        while (from < fromEnd)
        {
            int control = *from++;
            if (control < 32)
            {
                int literals = control + 1;
                if (ValueLength - written < literals || fromEnd - from < literals)
                {
                    return false;
                }

                if (to != null)
                {
                    Buffer.MemoryCopy(from, to + written, literals, literals);
                }

                from += literals;
                written += literals;
                continue;
            }

            int length = control >> 5;
            if (length == 7)
            {
                if (from == fromEnd)
                {
                    return false;
                }

                length += *from++;
            }

            if (from == fromEnd)
            {
                return false;
            }

            long reference = written - ((control & 0x1F) << 8) - 1 - *from++;
            length += 2;
            if (ValueLength - written < length || reference < 0)
            {
                return false;
            }

            // Byte by byte: the reference may reach into what it writes.
            for (int i = 0; i < length && to != null; i++)
            {
                to[written + i] = to[reference + i];
            }

            written += length;
        }

        return written == ValueLength;
    }

    private bool TryReadCompressed()
    {
        if (!TryReadLength(out long compressed) || !TryReadLength(out long length) || compressed > _end - _at || compressed == 0)
        {
            return false;
        }

        CompressedLength = compressed;
        ValueLength = length;
        Data = _at;
        return true;
    }

    private bool TryReadNumber(int encoding)
    {
        int bytes = encoding switch
        {
            DumpFormat.Integer8 => 1,
            DumpFormat.Integer16 => 2,
            DumpFormat.Integer32 => 4,
            _ => int.MaxValue,
        };
        if (bytes > _end - _at)
        {
            return false;
        }

        ReadOnlySpan<byte> number = new(_at, bytes);
        Number = bytes switch
        {
            1 => (sbyte)number[0],
            2 => BinaryPrimitives.ReadInt16LittleEndian(number),
            _ => BinaryPrimitives.ReadInt32LittleEndian(number),
        };
        return true;
    }

    private bool TryReadLength(out long length)
    {
        length = 0;
        long left = _end - _at;
        if (left < 1)
        {
            return false;
        }

        byte first = *_at;
        int bytes = first == DumpFormat.Length32 ? 5 : first == DumpFormat.Length64 ? 9 : first >> 6 == DumpFormat.Length14 ? 2 : 1;
        if (left < bytes)
        {
            return false;
        }

        length = bytes switch
        {
            1 => first >> 6 == DumpFormat.Length6 ? first : -1,
            2 => ((first & 0x3F) << 8) | _at[1],
            5 => BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(_at + 1, 4)),
            _ => BinaryPrimitives.ReadInt64BigEndian(new ReadOnlySpan<byte>(_at + 1, 8)),
        };
        _at += bytes;
        return length >= 0;
    }
}
