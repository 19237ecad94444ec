using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The writer for replies: into the engine's output, in the version of RESP that the connection speaks. One per thread. Errors of a
/// command go through its <see cref="CommandContext"/>, which counts them.
/// </summary>
internal sealed unsafe class ReplyWriter
{
    /// <summary>Room for any inline value and its header: reserved before the partition is locked, because making room may send.</summary>
    public const int MostReserved = 20 * 1024;

    private const int LongestNumber = 32;

    private const ushort LineEnd = '\r' | ('\n' << 8);

    private readonly ThreadContext _thread;
    private readonly ReplyOutput _output;

    /// <summary>Makes a writer into a thread's output.</summary>
    public ReplyWriter(ThreadContext thread)
    {
        _thread = thread;
        _output = thread.Output;
    }

    /// <summary>Whether replies are RESP3.</summary>
    public bool IsVersion3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (((RespConnection*)_thread.ProtocolState)->Flags & RespFlags.Version3) != 0;
    }

    /// <summary><c>+OK</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Ok()
    {
        byte* to = _output.Reserve(8);
        Unsafe.WriteUnaligned(to, 0x0A0D4B4F2BL);
        _output.Advance(5);
    }

    /// <summary>No value: <c>$-1</c>, in RESP3 <c>_</c>.</summary>
    public void Null()
    {
        byte* to = _output.Reserve(8);
        if (IsVersion3)
        {
            Unsafe.WriteUnaligned(to, '_' | ('\r' << 8) | ('\n' << 16));
            _output.Advance(3);
            return;
        }

        Unsafe.WriteUnaligned(to, 0x0A0D312D24L);
        _output.Advance(5);
    }

    /// <summary>No array: <c>*-1</c>, in RESP3 <c>_</c>.</summary>
    public void NullArray()
    {
        if (IsVersion3)
        {
            Null();
        }
        else
        {
            _output.Write("*-1\r\n"u8);
        }
    }

    /// <summary>A status: <c>+text</c>.</summary>
    public void Simple(ReadOnlySpan<byte> text) => WriteLine((byte)'+', text);

    /// <summary>An error that nobody counts: <c>-text</c>. The text begins with its code (<c>ERR</c>) and has no line ends.</summary>
    public void Error(ReadOnlySpan<byte> text) => WriteLine((byte)'-', text);

    /// <summary>A number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Integer(long value)
    {
        byte* to = _output.Reserve(LongestNumber);
        *to = (byte)':';
        int length = 1 + Numbers.Write(to + 1, value);
        Unsafe.WriteUnaligned(to + length, LineEnd);
        _output.Advance(length + 2);
    }

    /// <summary>A string of bytes.</summary>
    public void Bulk(byte* data, long length)
    {
        if (length > MostReserved)
        {
            WriteHeader((byte)'$', length);
            _output.Write(data, (nint)length);
            _output.Write("\r\n"u8);
            return;
        }

        WriteBulk(data, (int)length);
    }

    /// <summary>A string of bytes.</summary>
    public void Bulk(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            Bulk(data, bytes.Length);
        }
    }

    /// <summary>A number as a string of bytes.</summary>
    public void BulkInteger(long value)
    {
        byte* text = stackalloc byte[LongestNumber];
        Bulk(text, Numbers.Write(text, value));
    }

    /// <summary>So many replies follow as an array.</summary>
    public void Array(long count) => WriteHeader((byte)'*', count);

    /// <summary>So many pairs follow: a map, in RESP2 an array of twice as many.</summary>
    public void Map(long pairs) => WriteHeader(IsVersion3 ? (byte)'%' : (byte)'*', IsVersion3 ? pairs : 2 * pairs);

    /// <summary>So many members follow: a set, in RESP2 an array.</summary>
    public void Set(long count) => WriteHeader(IsVersion3 ? (byte)'~' : (byte)'*', count);

    /// <summary>So many parts of a push message follow, in RESP2 an array.</summary>
    public void Push(long count) => WriteHeader(IsVersion3 ? (byte)'>' : (byte)'*', count);

    /// <summary>Text for people, in RESP2 a string of bytes. The format has three letters: txt or mkd.</summary>
    public void Verbatim(ReadOnlySpan<byte> format, ReadOnlySpan<byte> text)
    {
        if (!IsVersion3)
        {
            Bulk(text);
            return;
        }

        WriteHeader((byte)'=', text.Length + 4);
        _output.Write(format);
        _output.Write(":"u8);
        _output.Write(text);
        _output.Write("\r\n"u8);
    }

    /// <summary>The lines of a HELP subcommand, one status each.</summary>
    public void Help(ReadOnlySpan<byte> lines)
    {
        Array(lines.Count((byte)'\n') + 1);
        while (true)
        {
            int end = lines.IndexOf((byte)'\n');
            Simple(end < 0 ? lines : lines[..end]);
            if (end < 0)
            {
                return;
            }

            lines = lines[(end + 1)..];
        }
    }

    /// <summary>
    /// The value of a key that is found for reading, or null when there is none. An inline value is copied under the lock straight into the
    /// reply, a large one is sent from where it is.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void ValueOf(StoreAccess access, Argument* key, ulong hash)
    {
        byte* to = _output.Reserve(MostReserved);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupRead(key->Data, key->Length, hash);
        if (entry == null)
        {
            access.Unlock();
            Null();
            return;
        }

        if (entry->IsLarge)
        {
            LargeValue* value = entry->PinValue();
            access.Unlock();
            Pinned(value);
            return;
        }

        _output.Advance(FormatBulk(to, entry->InlinePointer, entry->InlineLength));
        access.Unlock();
    }

    /// <summary>The value of an entry, inline or large, whose partition is locked.</summary>
    public void Value(Entry* entry)
    {
        if (entry->IsLarge)
        {
            Pinned(entry->PinValue());
        }
        else
        {
            WriteBulk(entry->ValuePointer, (int)entry->ValueLength);
        }
    }

    /// <summary>So many bytes of an entry's value, whose partition is locked, from an offset on.</summary>
    public void PartOf(Entry* entry, long offset, long length)
    {
        byte* data = entry->ValuePointer + offset;
        if (!entry->IsLarge || length <= MostReserved)
        {
            WriteBulk(data, (int)length);
            return;
        }

        LargeValue* value = entry->PinValue();
        WriteHeader((byte)'$', length);
        _thread.WriteReference(data, (nint)length, (nint)value, &ReleaseValue);
        _output.Write("\r\n"u8);
    }

    /// <summary>A pinned value, which is not copied; the reference is given back when its last byte is sent.</summary>
    public void Pinned(LargeValue* value)
    {
        WriteHeader((byte)'$', value->Length);
        _thread.WriteReference(value->Data, (nint)value->Length, (nint)value, &ReleaseValue);
        _output.Write("\r\n"u8);
    }

    /// <summary>The present command's reply is sent although replies are off (CLIENT REPLY ON, RESET).</summary>
    public void Unmute()
    {
        if (_output.IsMuted)
        {
            _output.Unmute();
        }
    }

    /// <summary>What is written from here on is sent although replies are off. Returns what <see cref="EndPush"/> needs.</summary>
    public bool BeginPush()
    {
        bool muted = _output.IsMuted;
        Unmute();
        return muted;
    }

    /// <summary>What is written from here on is the command's reply again.</summary>
    public void EndPush(bool muted)
    {
        if (muted)
        {
            _output.Mute();
        }
    }

    private static void ReleaseValue(BufferPool pool, nint owner) => LargeValue.Release((LargeValue*)owner);

    // A bulk of up to MostReserved bytes.
    private void WriteBulk(byte* data, int length)
    {
        byte* to = _output.Reserve(MostReserved + LongestNumber);
        _output.Advance(FormatBulk(to, data, length));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FormatBulk(byte* to, byte* data, int length)
    {
        *to = (byte)'$';
        int header = 1 + Numbers.Write(to + 1, length);
        Unsafe.WriteUnaligned(to + header, LineEnd);
        header += 2;
        Unsafe.CopyBlockUnaligned(to + header, data, (uint)length);
        Unsafe.WriteUnaligned(to + header + length, LineEnd);
        return header + length + 2;
    }

    private void WriteHeader(byte kind, long count)
    {
        byte* to = _output.Reserve(LongestNumber);
        *to = kind;
        int length = 1 + Numbers.Write(to + 1, count);
        Unsafe.WriteUnaligned(to + length, LineEnd);
        _output.Advance(length + 2);
    }

    private void WriteLine(byte kind, ReadOnlySpan<byte> text)
    {
        byte* to = _output.Reserve(text.Length + 3);
        *to = kind;
        text.CopyTo(new Span<byte>(to + 1, text.Length));
        Unsafe.WriteUnaligned(to + text.Length + 1, LineEnd);
        _output.Advance(text.Length + 3);
    }
}
