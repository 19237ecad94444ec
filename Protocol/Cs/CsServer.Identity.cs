using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <content>Who this node is, and the password.</content>
internal static unsafe partial class CsServer
{
    private static readonly byte[] _version = System.Text.Encoding.UTF8.GetBytes(BuildInfo.Version);

    // How long a wrong password waits for its answer, as over RESP and HTTP.
    private const int RefusalMilliseconds = 250;

    // A frame of a connection that has not given the password: who we are may be asked, the password may be given, nothing else.
    // True: the password was right. Not answered yet when the turn should stop: the same frame comes again.
    private static bool Admit(Turn turn, ProtocolContext context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        if (frame[CsFrame.CommandOffset] == CsFrame.Get && key.SequenceEqual(CsFrame.IdentityKey))
        {
            Identify(turn, context, frame, CsFrame.PasswordWanted);
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

        bool right = PasswordCheck.Matches(context.Services.Password, CsFrame.Value(Frame(frame)));
        if (!right && CsAdmission.DelayRefusal(turn))
        {
            turn.SetTimer(RefusalMilliseconds);
            turn.PauseInput();
            return false;
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

    private static void Identify(Turn turn, ProtocolContext context, byte* frame, ReadOnlySpan<byte> more)
    {
        Span<byte> value = stackalloc byte[128];
        int length = Append(value, 0, CsFrame.IdentityPrefix);
        length = Append(value, length, _version);
        length = Append(value, length, " keys="u8);
        _ = System.Buffers.Text.Utf8Formatter.TryFormat(context.Services.Store.Counters.Keys, value[length..], out int digits);
        length = Append(value, length + digits, more);
        CsFrame.WriteGetReply(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size), value[..length]);
        turn.Advance(CsFrame.Size);
    }

    private static int Append(Span<byte> target, int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[length..]);
        return length + bytes.Length;
    }
}
