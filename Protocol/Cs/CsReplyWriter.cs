using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <summary>Writes the frames of replies into a turn's reply buffer.</summary>
internal static unsafe class CsReplyWriter
{
    /// <summary>The request with a status; an error is counted.</summary>
    public static void WriteStatus(Turn turn, byte* frame, byte status)
    {
        if (status == CsFrame.Error)
        {
            CsThread.Of(turn).Errors++;
        }

        CsFrame.WriteReply(CsFrame.At(frame), Reserve(turn), status);
        turn.Output.Advance(CsFrame.Size);
    }

    /// <summary>The reply to a GET of something that exists.</summary>
    public static void WriteValue(Turn turn, byte* frame, ReadOnlySpan<byte> value)
    {
        CsFrame.WriteGetReply(CsFrame.At(frame), Reserve(turn), value);
        turn.Output.Advance(CsFrame.Size);
    }

    /// <summary>A frame that repeats nothing of the request but what is given.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void WriteNew(Turn turn, byte command, ReadOnlySpan<byte> key, byte status)
    {
        Span<byte> reply = Reserve(turn);
        CsFrame.WriteRequest(reply, command, key, default);
        reply[CsFrame.StatusOffset] = status;
        turn.Output.Advance(CsFrame.Size);
    }

    /// <summary>Room for a frame.</summary>
    public static Span<byte> Reserve(Turn turn) => new(turn.Output.Reserve(CsFrame.Size), CsFrame.Size);
}
