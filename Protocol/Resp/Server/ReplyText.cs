using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Text for people that is put together piece by piece, for INFO and its like: not for hot paths. One thread.</summary>
internal sealed unsafe class ReplyText
{
    private byte[] _bytes = new byte[2048];
    private int _length;

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Adds bytes.</summary>
    public ReplyText Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    /// <summary>Adds a number.</summary>
    public ReplyText Add(long value)
    {
        fixed (byte* to = Room(32))
        {
            _length += Numbers.Write(to, value);
        }

        return this;
    }

    /// <summary>Adds a number with so many digits behind the point.</summary>
    public ReplyText Add(double value, int digits)
    {
        long scale = 1;
        for (int i = 0; i < digits; i++)
        {
            scale *= 10;
        }

        long scaled = (long)Math.Round(Math.Abs(value) * scale);
        if (value < 0 && scaled != 0)
        {
            _ = Add("-"u8);
        }

        _ = Add(scaled / scale).Add("."u8);
        for (long place = scale / 10; place > 0; place /= 10)
        {
            Room(1)[0] = (byte)('0' + (scaled / place % 10));
            _length++;
        }

        return this;
    }

    /// <summary>Adds the text of a string: one line.</summary>
    public ReplyText AddText(string text)
    {
        byte[] bytes = Native.ByteText.Encode(text);
        Span<byte> to = Room(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            to[i] = bytes[i] is >= 0x20 and not 0x7F ? bytes[i] : (byte)'?';
        }

        _length += bytes.Length;
        return this;
    }

    /// <summary>Adds a size as people like it: <c>1.50M</c> (Redis's bytesToHuman).</summary>
    public ReplyText AddSize(long bytes)
    {
        if (bytes < 1024)
        {
            return Add(bytes).Add("B"u8);
        }

        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit < 4)
        {
            value /= 1024;
            unit++;
        }

        return Add(value, 2).Add("KMGTP"u8.Slice(unit, 1));
    }

    /// <summary>A line of INFO: name with colon, number.</summary>
    public ReplyText Line(ReadOnlySpan<byte> name, long value) => Add(name).Add(value).Add("\r\n"u8);

    /// <summary>A line of INFO: name with colon, text.</summary>
    public ReplyText Line(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Add(name).Add(value).Add("\r\n"u8);

    /// <summary>A line of INFO: name with colon, number with so many digits behind the point.</summary>
    public ReplyText Line(ReadOnlySpan<byte> name, double value, int digits) => Add(name).Add(value, digits).Add("\r\n"u8);

    /// <summary>A line of INFO: name with colon, size for people.</summary>
    public ReplyText SizeLine(ReadOnlySpan<byte> name, long bytes) => Add(name).AddSize(bytes).Add("\r\n"u8);

    /// <summary>Forgets what was written.</summary>
    public void Clear() => _length = 0;

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + bytes));
        }

        return _bytes.AsSpan(_length);
    }
}
