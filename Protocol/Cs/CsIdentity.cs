using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <content>Who this node is, and the password.</content>
internal static unsafe partial class CsServer
{
    private static readonly byte[] _version = System.Text.Encoding.UTF8.GetBytes(BuildInfo.Version);

    // A frame of a connection that has not given the password: who we are may be asked, the password may be given, nothing else.
    // True: the password was right. Not answered yet when the turn should stop: the same frame comes again.
    private static bool Admit(Turn turn, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        if (frame[CsFrame.CommandOffset] == CsFrame.Get && key.SequenceEqual(CsFrame.IdentityKey))
        {
            // What we are and that there is a password; not which version, and nothing of what is stored.
            IdentifyAs(turn, frame, CsFrame.StrangerIdentity);
            return false;
        }

        if (frame[CsFrame.CommandOffset] != CsFrame.Get || !key.SequenceEqual(CsFrame.PasswordKey))
        {
            if (frame[CsFrame.CommandOffset] == CsFrame.PeerRequest)
            {
                turn.Write(CsFrame.TransferError);
                return false;
            }

            CsFrame.WriteNoPassword(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size));
            turn.Advance(CsFrame.Size);
            return false;
        }

        bool right = false;
        if (!CsAdmission.IsDelayed(turn))
        {
            PasswordVerdict verdict = context.Common.Guard.Check(turn, context.Common.Options.Password, CsFrame.Value(Frame(frame)), out int wait);
            right = verdict == PasswordVerdict.Right;
            if (!right)
            {
                CsAdmission.Delay(turn, verdict);
                turn.SetTimer(wait);
                turn.PauseInput();
                return false;
            }
        }

        Span<byte> reply = new(turn.Reserve(CsFrame.Size), CsFrame.Size);
        CsFrame.WriteRequest(reply, CsFrame.Get, key, default);
        reply[CsFrame.StatusOffset] = right ? CsFrame.Ok : CsFrame.Error;
        turn.Advance(CsFrame.Size);
        if (right)
        {
            CsAdmission.Admit(turn);
        }
        else
        {
            // One attempt a connection: guessing costs a connection each.
            turn.Counters->ProtocolErrors++;
            turn.CloseAfterFlush();
        }

        return right;
    }

    private static void Identify(Turn turn, CsThread context, byte* frame)
    {
        Span<byte> value = stackalloc byte[128];
        int length = Append(value, 0, CsFrame.IdentityPrefix);
        length = Append(value, length, _version);
        length = Append(value, length, " keys="u8);
        length += Numbers.Write(value[length..], context.Common.Store.Counters.Keys);
        length = Append(value, length, " files="u8);
        length += Numbers.Write(value[length..], context.Node.Registrations.Names);
        IdentifyAs(turn, frame, value[..length]);
    }

    private static void IdentifyAs(Turn turn, byte* frame, ReadOnlySpan<byte> identity)
    {
        CsFrame.WriteGetReply(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size), identity);
        turn.Advance(CsFrame.Size);
    }

    private static int Append(Span<byte> target, int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[length..]);
        return length + bytes.Length;
    }
}
