using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Writes requests to the master: arrays of bulk strings.</summary>
internal static class LinkWriter
{
    /// <summary>Begins a request of so many arguments.</summary>
    public static void Begin(ThreadContext thread, int count) => WriteHeader(thread, (byte)'*', count);

    /// <summary>Adds an argument.</summary>
    public static void Add(ThreadContext thread, ReadOnlySpan<byte> argument)
    {
        WriteHeader(thread, (byte)'$', argument.Length);
        thread.Output.Write(argument);
        thread.Output.Write("\r\n"u8);
    }

    /// <summary>Adds a number.</summary>
    public static void Add(ThreadContext thread, long number)
    {
        Span<byte> text = stackalloc byte[Numbers.Longest];
        Add(thread, text[..Numbers.Write(text, number)]);
    }

    private static void WriteHeader(ThreadContext thread, byte mark, long number)
    {
        Span<byte> text = stackalloc byte[Numbers.Longest + 3];
        text[0] = mark;
        int length = 1 + Numbers.Write(text[1..], number);
        text[length++] = (byte)'\r';
        text[length++] = (byte)'\n';
        thread.Output.Write(text[..length]);
    }
}
