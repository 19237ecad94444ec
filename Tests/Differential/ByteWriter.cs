using System;
using System.Buffers.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>A growing array of bytes.</summary>
internal sealed class ByteWriter
{
    private byte[] _bytes = new byte[1 << 16];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public ByteWriter Byte(char value)
    {
        Reserve(1);
        _bytes[Length++] = (byte)value;
        return this;
    }

    public ByteWriter Number(long value)
    {
        Reserve(20);
        _ = Utf8Formatter.TryFormat(value, _bytes.AsSpan(Length), out int written);
        Length += written;
        return this;
    }

    public ByteWriter LineEnd() => Byte('\r').Byte('\n');

    public ByteWriter Bytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
        return this;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
        }
    }
}
