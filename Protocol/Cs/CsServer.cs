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

    private static int Consume(Turn turn, byte* data, int length)
    {
        CsThread context = CsThread.Of(turn);
        bool allowed = context.Common.Options.Password is null || CsAdmission.IsAdmitted(turn, context.Node.Options);
        if (context.Common.Notifies && context.Common.PublishesMuch(turn) && turn.DeferLong())
        {
            return 0;
        }

        int consumed = 0;
        int nextClockRead = FramesPerClockRead * CsFrame.Size;
        while (length - consumed >= CsFrame.Size && !turn.ShouldStop)
        {
            byte* frame = data + consumed;
            if (frame[0] != CsFrame.FirstByte || frame[1] != CsFrame.SecondByte)
            {
                if (CsFailover.TryAnswer(turn, context, frame))
                {
                    consumed += CsFrame.Size;
                    continue;
                }

                // Out of step: no later byte can be trusted to begin a frame.
                turn.Counters->ProtocolErrors++;
                CsReplyWriter.WriteNew(turn, frame[CsFrame.CommandOffset], default, CsFrame.Error);
                turn.CloseAfterFlush();
                return length;
            }

            long errors = context.Errors;
            if (!allowed)
            {
                allowed = CsAdmission.Answer(turn, context, frame);
                if (turn.PauseRequested)
                {
                    break;
                }

                turn.LimitUnsent(PasswordGuard.MostUnsent);
            }
            else if (!Execute(turn, context, frame))
            {
                break;
            }

            if (turn.Gate.IsOn)
            {
                turn.Gate.EndRequest();
            }

            consumed += CsFrame.Size;
            if (consumed == nextClockRead)
            {
                nextClockRead += FramesPerClockRead * CsFrame.Size;
                turn.LookAtTime();
            }

            turn.Counters->Requests++;
            context.Count(frame[CsFrame.CommandOffset], failed: context.Errors != errors);
        }

        if (context.Common.Notifies)
        {
            context.Common.PublishEvents(turn);
        }

        if (length - consumed is > 0 and < CsFrame.Size)
        {
            turn.NeedInput(CsFrame.Size);
        }

        return consumed;
    }

    private static ulong Prefetch(Turn turn, byte* data, int length)
    {
        if (length < CsFrame.Size)
        {
            return 0;
        }

        StoreAccess access = ProtocolContext.Of(turn).Access;
        ulong hash = access.Hash(data + CsFrame.KeyOffset, data[CsFrame.KeyLengthOffset]);
        access.Prefetch(hash);
        return hash;
    }

    private static void PrefetchMore(Turn turn, ulong hash) => ProtocolContext.Of(turn).Access.PrefetchRecords(hash);

    // The timer of a wrong password, or the end of a pause: the engine then looks at the frame again.
    private static void Posted(Turn turn, PostedMessage* message)
    {
    }

    // One frame. False: handed to a worker, not consumed.
    private static bool Execute(Turn turn, CsThread context, byte* frame)
    {
        switch (frame[CsFrame.CommandOffset])
        {
            case CsFrame.Put:
                return CsKeys.Put(turn, context, frame);
            case CsFrame.Get:
                CsKeys.Get(turn, context, frame);
                return true;
            case CsFrame.Delete:
                return CsKeys.Delete(turn, context, frame);
            case CsFrame.PeerRequest:
                return CsFiles.Send(turn, context, frame);
            default:
                turn.Counters->ProtocolErrors++;
                CsReplyWriter.WriteStatus(turn, frame, CsFrame.Error);
                return true;
        }
    }
}
