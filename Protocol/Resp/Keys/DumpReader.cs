using System;
using System.Buffers.Binary;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Reads the payload of a DUMP. Nothing in it is trusted.</summary>
internal unsafe struct DumpReader
{
    private readonly byte* _at;
    private readonly byte* _end;

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
        return DumpFormat.IsKnown(BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(footer, 2)))
            && BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(footer + 2, 8)) == Crc64.Compute(
                0, payload->Data, payload->Length - 8);
    }

    /// <summary>Reads the header of a string; false: it is something else or broken.</summary>
    public bool TryReadString()
    {
        if (_end - _at < 2 || *_at != DumpFormat.StringType)
        {
            return false;
        }

        byte* header = _at + 1;
        int bytes = RdbString.Read(header, _end - header, out RdbString text);
        if (bytes <= 0 || text.StoredLength > _end - header - bytes)
        {
            return false;
        }

        ValueLength = text.Length;
        CompressedLength = text.Kind == RdbStringKind.Compressed ? text.StoredLength : 0;
        Data = text.Kind == RdbStringKind.Number ? null : header + bytes;
        Number = text.Number;
        return true;
    }

    /// <summary>Writes a compressed value out; false: it is broken. With <paramref name="to"/> null nothing is written.</summary>
    public readonly bool TryDecompress(byte* to) => Lzf.TryDecompress(Data, CompressedLength, to, ValueLength);
}
