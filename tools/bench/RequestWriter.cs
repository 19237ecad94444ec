using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Bench;

/// <summary>
/// The bytes of requests: built once, after that only a key's last digits are written. In native memory; one thread.
/// A key is "key:" and a number with leading zeros, or the number alone where there is no room.
/// </summary>
internal sealed unsafe class RequestWriter : IDisposable
{
    private const string KeyPrefix = "key:";

    private readonly BenchSettings _settings;
    private readonly int _digits;
    private readonly byte* _read;
    private readonly byte* _write;
    private readonly int _readLength;
    private readonly int _writeLength;
    private readonly int _readDigits;
    private readonly int _writeDigits;

    /// <summary>Builds the templates.</summary>
    public RequestWriter(BenchSettings settings)
    {
        _settings = settings;
        _digits = Digits(settings.Keys - 1);
        Value = (byte*)NativeMemory.Alloc((nuint)settings.ValueSize + 1);
        FillValue(new Span<byte>(Value, settings.ValueSize));
        _read = Template(isWrite: false, out _readLength, out _readDigits);
        _write = Template(isWrite: true, out _writeLength, out _writeDigits);
    }

    /// <summary>The value of every key.</summary>
    public byte* Value { get; }

    /// <summary>Bytes of the longest request.</summary>
    public int Largest => Math.Max(_readLength, _writeLength);

    /// <summary>The decimal digits of a number.</summary>
    public static int Digits(long number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
        {
            digits++;
        }

        return digits;
    }

    /// <summary>What every value holds: letters, so that it is one word of a list of holders.</summary>
    public static void FillValue(Span<byte> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            value[i] = (byte)('a' + (i % 26));
        }
    }

    /// <summary>A request in its template's place: good until the next one is asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Single(long key, bool isWrite, out int length)
    {
        byte* start = isWrite ? _write : _read;
        length = isWrite ? _writeLength : _readLength;
        WriteDigits(start + (isWrite ? _writeDigits : _readDigits), key);
        return start;
    }

    /// <summary>Copies a request to <paramref name="target"/> and returns where it ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Append(byte* target, long key, bool isWrite)
    {
        byte* start = Single(key, isWrite, out int length);
        Unsafe.CopyBlockUnaligned(target, start, (uint)length);
        return target + length;
    }

    /// <summary>The reply to a read that hits.</summary>
    public ReplyShape ReadReply() => _settings.Protocol switch
    {
        BenchProtocol.Resp => Shape(Encoding.ASCII.GetBytes("$" + ValueText.FormatInteger(_settings.ValueSize) + "\r\n"), 0, 2),
        BenchProtocol.Cs => Frame(CsFrame.Get),
        BenchProtocol.Memcached => Shape("VALUE "u8, _settings.KeySize + 3 + Digits(_settings.ValueSize) + 2, 7),
        BenchProtocol.MemcachedMeta => Shape(Encoding.ASCII.GetBytes("VA " + ValueText.FormatInteger(_settings.ValueSize) + "\r\n"), 0, 2),
        _ => new ReplyShape { Length = ReplyShape.Unknown },
    };

    /// <summary>The reply to a write.</summary>
    public ReplyShape WriteReply() => _settings.Protocol switch
    {
        BenchProtocol.Resp => Whole("+OK\r\n"u8),
        BenchProtocol.Cs => Frame(CsFrame.Put),
        BenchProtocol.Memcached => Whole("STORED\r\n"u8),
        BenchProtocol.MemcachedMeta => Whole("HD\r\n"u8),
        _ => new ReplyShape { Length = ReplyShape.Unknown },
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(Value);
        NativeMemory.Free(_read);
        NativeMemory.Free(_write);
    }

    private static ReplyShape Whole(ReadOnlySpan<byte> reply)
    {
        ReplyShape shape = Beginning(reply);
        shape.Length = reply.Length;
        shape.EndsInLine = true;
        return shape;
    }

    private static ReplyShape Beginning(ReadOnlySpan<byte> bytes)
    {
        ReplyShape shape = default;
        for (int i = 0; i < Math.Min(8, bytes.Length); i++)
        {
            shape.Prefix |= (ulong)bytes[i] << (8 * i);
            shape.Mask |= 0xFFul << (8 * i);
        }

        return shape;
    }

    private ReplyShape Shape(ReadOnlySpan<byte> prefix, int more, int after)
    {
        ReplyShape shape = Beginning(prefix);
        shape.ValueOffset = prefix.Length + more;
        shape.Length = shape.ValueOffset + _settings.ValueSize + after;
        shape.EndsInLine = true;
        return shape;
    }

    private ReplyShape Frame(byte command)
    {
        ReplyShape shape = Beginning([CsFrame.FirstByte, CsFrame.SecondByte, command, CsFrame.Ok]);
        shape.Length = CsFrame.Size;
        shape.ValueOffset = CsFrame.KeyOffset + _settings.KeySize + 1;
        return shape;
    }

    // Two digits at a time: the divisions by 100 are multiplications.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteDigits(byte* start, long key)
    {
        ReadOnlySpan<byte> pairs =
            "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;
        ref byte pair = ref MemoryMarshal.GetReference(pairs);
        byte* end = start + _digits;
        ulong rest = (ulong)key;
        while (end - start >= 2)
        {
            ulong quotient = rest / 100;
            end -= 2;
            Unsafe.WriteUnaligned(end, Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref pair, (nint)((rest - (quotient * 100)) * 2))));
            rest = quotient;
        }

        if (end > start)
        {
            *start = (byte)('0' + rest);
        }
    }

    private byte* Template(bool isWrite, out int length, out int digits)
    {
        string key = Key();
        ReadOnlySpan<byte> value = isWrite ? new ReadOnlySpan<byte>(Value, _settings.ValueSize) : default;
        if (_settings.Protocol == BenchProtocol.Cs)
        {
            // Replaces: a plain PUT appends, and values would grow until they fit no frame. Only nodes of ours know that flag.
            byte* frame = (byte*)NativeMemory.Alloc(CsFrame.Size);
            CsFrame.WriteRequest(
                new Span<byte>(frame, CsFrame.Size), isWrite ? CsFrame.Put : CsFrame.Get, ByteText.Encode(key), value, isWrite
                ? CsFrame.FlagReplace : (byte)0);
            length = CsFrame.Size;
            digits = CsFrame.KeyOffset + key.Length - _digits;
            return frame;
        }

        string size = ValueText.FormatInteger(_settings.ValueSize);
        string keySize = ValueText.FormatInteger(key.Length);
        string before;
        string after;
        switch (_settings.Protocol)
        {
            case BenchProtocol.Resp:
                before = (isWrite ? "*3\r\n$3\r\nSET\r\n$" : "*2\r\n$3\r\nGET\r\n$") + keySize + "\r\n";
                after = isWrite ? "\r\n$" + size + "\r\n" : "\r\n";
                break;
            case BenchProtocol.Memcached:
                before = isWrite ? "set " : "get ";
                after = isWrite ? " 0 0 " + size + "\r\n" : "\r\n";
                break;
            case BenchProtocol.MemcachedMeta:
                before = isWrite ? "ms " : "mg ";
                after = isWrite ? " " + size + "\r\n" : " v\r\n";
                break;
            default:
                before = (isWrite ? "PUT" : "GET") + " /kv/";
                after = " HTTP/1.1\r\nHost: " + Host() + "\r\n"
                    + (_settings.Password is null ? string.Empty : "Authorization: Bearer " + _settings.Password + "\r\n")
                    + (isWrite ? "Content-Length: " + size + "\r\n\r\n" : "\r\n");
                break;
        }

        byte[] head = ByteText.Encode(before + key + after);
        bool line = isWrite && _settings.Protocol != BenchProtocol.Http;
        length = head.Length + value.Length + (line ? 2 : 0);
        digits = before.Length + key.Length - _digits;
        byte* start = (byte*)NativeMemory.Alloc((nuint)length);
        Span<byte> target = new(start, length);
        head.CopyTo(target);
        value.CopyTo(target[head.Length..]);
        if (line)
        {
            "\r\n"u8.CopyTo(target[(head.Length + value.Length)..]);
        }

        return start;
    }

    private string Host() => _settings.Server.Family == SocketAddress.FamilyUnix ? "localhost" : _settings.Server.ToString();

    private string Key() => _settings.KeySize >= KeyPrefix.Length + _digits
        ? KeyPrefix + new string('0', _settings.KeySize - KeyPrefix.Length)
        : new string('0', _settings.KeySize);
}
