using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Epollsrv.Native;

namespace Epollsrv.Tests.Unit.Journal.Rdb;

/// <summary>An RDB file made by hand, byte by byte.</summary>
internal sealed unsafe class RdbBuilder
{
    private readonly List<byte> _bytes = [];

    public RdbBuilder(string header = "REDIS0009") => _bytes.AddRange(Encoding.ASCII.GetBytes(header));

    public RdbBuilder Bytes(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>Bytes that do not matter.</summary>
    public RdbBuilder Any(int count) => Bytes(new byte[count]);

    /// <summary>Lengths in the longest of the forms, but short ones in the shortest.</summary>
    public RdbBuilder Lengths(params ulong[] lengths)
    {
        foreach (ulong length in lengths)
        {
            if (length < 64)
            {
                _bytes.Add((byte)length);
                continue;
            }

            byte[] bytes = new byte[9];
            bytes[0] = 0x81;
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), length);
            _bytes.AddRange(bytes);
        }

        return this;
    }

    public RdbBuilder Texts(params string[] texts)
    {
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            Lengths((ulong)bytes.Length).Bytes(bytes);
        }

        return this;
    }

    public RdbBuilder Key(string key, string value) => Bytes(0).Texts(key, value);

    /// <summary>The end and the checksum.</summary>
    public byte[] End()
    {
        _bytes.Add(0xFF);
        byte[] bytes = [.. _bytes];
        fixed (byte* data = bytes)
        {
            return [.. bytes, .. BitConverter.GetBytes(Crc64.Compute(0, data, bytes.Length))];
        }
    }

    /// <summary>The end without a checksum: eight zeros.</summary>
    public byte[] EndUnchecked() => [.. _bytes, 0xFF, .. new byte[8]];

    /// <summary>The end of versions that have none.</summary>
    public byte[] EndOld() => [.. _bytes, 0xFF];

    public byte[] Unfinished() => [.. _bytes];
}
