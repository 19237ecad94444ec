using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <content>What comes in a frame's place and is none.</content>
internal static unsafe partial class CsServer
{
    /// <summary>
    /// Whether a client of the C program sends this: when the owner went away under a request of its, it asks the replica with what it had filled the buffer
    /// for the reply with, '0' and nothing else.
    /// </summary>
    public static bool IsFailover(byte* data, int length)
        => *data == CsFrame.FailoverDigit && length >= CsFrame.Size && new ReadOnlySpan<byte>(data, CsFrame.Size).IndexOfAnyExcept(CsFrame.FailoverDigit) < 0;

    // Its user is told that the GET failed, and the next one works: the connection stays.
    private static bool AnswerFailover(Turn turn, CsThread context, byte* frame)
    {
        if (!IsFailover(frame, CsFrame.Size))
        {
            return false;
        }

        Span<byte> reply = new(turn.Reserve(CsFrame.Size), CsFrame.Size);
        CsFrame.WriteRequest(reply, CsFrame.Get, default, default);
        reply[CsFrame.StatusOffset] = CsFrame.Error;
        turn.Advance(CsFrame.Size);
        context.Errors++;
        turn.Counters->Requests++;
        context.Count(CsFrame.Get, failed: true);
        return true;
    }

    private static void Refuse(Turn turn, byte* frame)
    {
        turn.Counters->ProtocolErrors++;
        Span<byte> reply = new(turn.Reserve(CsFrame.Size), CsFrame.Size);
        CsFrame.WriteRequest(reply, frame[CsFrame.CommandOffset], default, default);
        reply[CsFrame.StatusOffset] = CsFrame.Error;
        turn.Advance(CsFrame.Size);
        turn.CloseAfterFlush();
    }
}
