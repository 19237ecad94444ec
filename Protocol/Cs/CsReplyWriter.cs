using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <summary>Writes the frames of replies into a thread's reply buffer.</summary>
internal static unsafe class CsReplyWriter
{
    /// <summary>The request with a status; an error is counted.</summary>
    public static void WriteStatus(ThreadContext thread, byte* frame, byte status)
    {
        if (status == CsFrame.Error)
        {
            CsThread.Of(thread).Errors++;
        }

        CsFrame.WriteReply(CsFrame.At(frame), Reserve(thread), status);
        thread.Output.Advance(CsFrame.Size);
    }

    /// <summary>The reply to a GET of something that exists.</summary>
    public static void WriteValue(ThreadContext thread, byte* frame, ReadOnlySpan<byte> value)
    {
        CsFrame.WriteGetReply(CsFrame.At(frame), Reserve(thread), value);
        thread.Output.Advance(CsFrame.Size);
    }

    /// <summary>A frame that repeats nothing of the request but what is given.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void WriteNew(ThreadContext thread, byte command, ReadOnlySpan<byte> key, byte status)
    {
        Span<byte> reply = Reserve(thread);
        CsFrame.WriteRequest(reply, command, key, default);
        reply[CsFrame.StatusOffset] = status;
        thread.Output.Advance(CsFrame.Size);
    }

    /// <summary>Room for a frame.</summary>
    public static Span<byte> Reserve(ThreadContext thread) => new(thread.Output.Reserve(CsFrame.Size), CsFrame.Size);
}
