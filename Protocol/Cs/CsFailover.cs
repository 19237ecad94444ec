using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <summary>What a client of the C program sends in a frame's place when the owner went away under a request of its.</summary>
internal static unsafe class CsFailover
{
    /// <summary>Whether it is that: its buffer for the reply as it was filled before, '0' and nothing else, sent to the replica.</summary>
    public static bool IsRequest(byte* data, int length)
        => *data == CsFrame.FailoverDigit && length >= CsFrame.Size && CsFrame.At(data).IndexOfAnyExcept(CsFrame.FailoverDigit) < 0;

    /// <summary>Answers it. The user is told that the GET failed, and the next one works: the connection stays.</summary>
    /// <returns>False: it is something else.</returns>
    public static bool TryAnswer(ThreadContext thread, CsThread context, byte* frame)
    {
        if (!IsRequest(frame, CsFrame.Size))
        {
            return false;
        }

        CsReplyWriter.WriteNew(thread, CsFrame.Get, default, CsFrame.Error);
        context.Errors++;
        thread.Counters->Requests++;
        context.Count(CsFrame.Get, failed: true);
        return true;
    }
}
