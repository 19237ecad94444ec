using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>Writes replies.</summary>
internal static unsafe class MemcachedReply
{
    /// <summary>Bytes of the longest reply that is written at once: a value that lies in its entry, with its line.</summary>
    public const int MostReserved = 20 * 1024;

    /// <summary>A line with its end, unless the request wants none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(MemcachedThread context, MemcachedRequest* request, ReadOnlySpan<byte> line)
    {
        if (!request->NoReply)
        {
            context.Thread.Output.Write(line);
        }
    }

    /// <summary>The same for a line that says what went wrong.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Error(MemcachedThread context, MemcachedRequest* request, ReadOnlySpan<byte> line)
    {
        context.Counters->Errors++;
        Line(context, request, line);
    }

    /// <summary>An error of a line that does not have the words that its command wants: told whatever the request wants.</summary>
    public static void WrongWords(MemcachedThread context)
    {
        context.Counters->Errors++;
        context.Thread.Output.Write("ERROR\r\n"u8);
    }

    /// <summary>An error of a line that has them.</summary>
    public static void WrongFormat(MemcachedThread context, MemcachedRequest* request)
        => Error(context, request, "CLIENT_ERROR bad command line format\r\n"u8);

    /// <summary>An error of the node, with a reason that has no line end.</summary>
    public static void Refusal(MemcachedThread context, MemcachedRequest* request, ReadOnlySpan<byte> reason)
    {
        context.Counters->Errors++;
        if (!request->NoReply)
        {
            ReplyOutput output = context.Thread.Output;
            output.Write("SERVER_ERROR "u8);
            output.Write(reason);
            output.Write("\r\n"u8);
        }
    }

    /// <summary>Copies bytes.</summary>
    /// <returns>The place behind them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Copy(byte* to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(to, bytes.Length));
        return to + bytes.Length;
    }

    /// <summary>Copies bytes.</summary>
    /// <returns>The place behind them.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Copy(byte* to, byte* from, int length)
    {
        Unsafe.CopyBlockUnaligned(to, from, (uint)length);
        return to + length;
    }

    /// <summary>Writes a number.</summary>
    /// <returns>The place behind it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Number(byte* to, long number) => to + Numbers.Write(to, number);

    /// <summary>Writes a line end.</summary>
    /// <returns>The place behind it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* LineEnd(byte* to)
    {
        Unsafe.WriteUnaligned(to, (ushort)('\r' | ('\n' << 8)));
        return to + 2;
    }

    /// <summary>A pinned value and its line end; the reference is given back when its last byte is sent.</summary>
    public static void Pinned(ThreadContext thread, LargeValue* value)
    {
        thread.WriteReference(value->Data, (nint)value->Length, (nint)value, &ReleaseValue);
        thread.Output.Write("\r\n"u8);
    }

    private static void ReleaseValue(BufferPool pool, nint owner) => LargeValue.Release((LargeValue*)owner);
}
