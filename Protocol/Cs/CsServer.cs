using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <summary>The CS protocol's server part: frames in, frames out (docs/PROTOCOL.md). Runs on whatever thread owns the connection.</summary>
internal static unsafe class CsServer
{
    // Of a batch, before the clock is read.
    private const int FramesPerClockRead = 16;

    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Prefetch = &Prefetch, PrefetchMore = &PrefetchMore, Posted = &Posted };

    private static int Consume(ThreadContext thread, byte* data, int length)
    {
        CsThread context = CsThread.Of(thread);
        bool allowed = context.Common.Options.Password is null || CsAdmission.IsAdmitted(thread, context.Cs.Options);
        if (context.Common.Notifies && context.Common.PublishesMuch(thread) && thread.DeferLong())
        {
            return 0;
        }

        int consumed = 0;
        int nextClockRead = FramesPerClockRead * CsFrame.Size;
        while (length - consumed >= CsFrame.Size && !thread.ShouldStop)
        {
            byte* frame = data + consumed;
            if (frame[0] != CsFrame.FirstByte || frame[1] != CsFrame.SecondByte)
            {
                if (CsFailover.TryAnswer(thread, context, frame))
                {
                    consumed += CsFrame.Size;
                    continue;
                }

                // Out of step: no later byte can be trusted to begin a frame.
                thread.Counters->ProtocolErrors++;
                CsReplyWriter.WriteNew(thread, frame[CsFrame.CommandOffset], default, CsFrame.Error);
                thread.CloseAfterFlush();
                return length;
            }

            long errors = context.Errors;
            if (!allowed)
            {
                allowed = CsAdmission.Answer(thread, context, frame);
                if (thread.PauseRequested)
                {
                    break;
                }

                thread.LimitUnsent(PasswordGuard.MostUnsent);
            }
            else if (!Execute(thread, context, frame))
            {
                break;
            }

            if (thread.Gate.IsOn)
            {
                thread.Gate.EndRequest();
            }

            consumed += CsFrame.Size;
            if (consumed == nextClockRead)
            {
                nextClockRead += FramesPerClockRead * CsFrame.Size;
                thread.LookAtTime();
            }

            thread.Counters->Requests++;
            context.Count(frame[CsFrame.CommandOffset], failed: context.Errors != errors);
        }

        if (context.Common.Notifies)
        {
            context.Common.PublishEvents(thread);
        }

        if (length - consumed is > 0 and < CsFrame.Size)
        {
            thread.NeedInput(CsFrame.Size);
        }

        return consumed;
    }

    private static ulong Prefetch(ThreadContext thread, byte* data, int length)
    {
        if (length < CsFrame.Size)
        {
            return 0;
        }

        StoreAccess access = ProtocolContext.Of(thread).Access;
        ulong hash = access.Hash(data + CsFrame.KeyOffset, data[CsFrame.KeyLengthOffset]);
        access.Prefetch(hash);
        return hash;
    }

    private static void PrefetchMore(ThreadContext thread, ulong hash) => ProtocolContext.Of(thread).Access.PrefetchRecords(hash);

    // The timer of a wrong password, or the end of a pause: the engine then looks at the frame again.
    private static void Posted(ThreadContext thread, PostedMessage* message)
    {
    }

    // One frame. False: handed to a worker, not consumed.
    private static bool Execute(ThreadContext thread, CsThread context, byte* frame)
    {
        switch (frame[CsFrame.CommandOffset])
        {
            case CsFrame.Put:
                return CsKeys.Put(thread, context, frame);
            case CsFrame.Get:
                CsKeys.Get(thread, context, frame);
                return true;
            case CsFrame.Delete:
                return CsKeys.Delete(thread, context, frame);
            case CsFrame.PeerRequest:
                return CsFiles.Send(thread, context, frame);
            default:
                thread.Counters->ProtocolErrors++;
                CsReplyWriter.WriteStatus(thread, frame, CsFrame.Error);
                return true;
        }
    }
}
