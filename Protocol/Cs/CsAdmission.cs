using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// Whether a connection may speak CS to a node with a password: by its address (--cs-open), or after the password, which only nodes and
/// commands of ours give.
/// </summary>
internal static unsafe class CsAdmission
{
    // First byte of the connection's protocol state; 0: its address was not looked up yet.
    private const byte Admitted = 1;
    private const byte Refused = 2;

    // A wrong password was given and waits for its answer.
    private const byte Delayed = 3;

    /// <summary>Looks the peer up once per connection.</summary>
    public static bool IsAdmitted(ThreadContext thread, CsOptions options)
    {
        if (*thread.ProtocolState == 0)
        {
            *thread.ProtocolState = options.OpenToAll || IsListed(thread, options.Open) ? Admitted : Refused;
        }

        return *thread.ProtocolState == Admitted;
    }

    /// <summary>
    /// Answers a frame of a connection that has not given the password: who we are may be asked, the password may be given, nothing else.
    /// Not answered yet when the turn should stop: the same frame comes again.
    /// </summary>
    /// <returns>Whether the password was right.</returns>
    public static bool Answer(ThreadContext thread, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(CsFrame.At(frame));
        if (frame[CsFrame.CommandOffset] == CsFrame.Get && key.SequenceEqual(CsFrame.IdentityKey))
        {
            // What we are and that there is a password; not which version, and nothing of what is stored.
            CsReplyWriter.WriteValue(thread, frame, CsFrame.StrangerIdentity);
            return false;
        }

        if (frame[CsFrame.CommandOffset] != CsFrame.Get || !key.SequenceEqual(CsFrame.PasswordKey))
        {
            if (frame[CsFrame.CommandOffset] == CsFrame.PeerRequest)
            {
                thread.Output.Write(CsFrame.TransferError);
                return false;
            }

            CsFrame.WriteNoPassword(CsFrame.At(frame), CsReplyWriter.Reserve(thread));
            thread.Output.Advance(CsFrame.Size);
            return false;
        }

        bool right = false;
        if (*thread.ProtocolState != Delayed)
        {
            ReadOnlySpan<byte> attempt = CsFrame.Value(CsFrame.At(frame));
            PasswordVerdict verdict = context.Common.Guard.Check(thread, "CS", context.Common.Options.Password, attempt, out int wait);
            right = verdict == PasswordVerdict.Right;
            if (!right)
            {
                *thread.ProtocolState = verdict == PasswordVerdict.Wrong ? Delayed : Refused;
                thread.SetTimer(wait);
                thread.PauseInput();
                return false;
            }
        }

        CsReplyWriter.WriteNew(thread, CsFrame.Get, key, right ? CsFrame.Ok : CsFrame.Error);
        if (right)
        {
            *thread.ProtocolState = Admitted;
        }
        else
        {
            // One attempt a connection: guessing costs a connection each.
            thread.Counters->ProtocolErrors++;
            thread.CloseAfterFlush();
        }

        return right;
    }

    private static bool IsListed(ThreadContext thread, SocketAddress[] allowed)
    {
        if (allowed.Length == 0 || thread.Connection->PeerAddress(out SocketAddress peer) < 0)
        {
            return false;
        }

        for (int i = 0; i < allowed.Length; i++)
        {
            if (SameHost(ref peer, ref allowed[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool SameHost(ref SocketAddress left, ref SocketAddress right)
    {
        if (left.Family != right.Family || left.Family == SocketAddress.FamilyUnix)
        {
            return false;
        }

        int start = left.Family == SocketAddress.FamilyIPv4 ? 4 : 8;
        int length = left.Family == SocketAddress.FamilyIPv4 ? 4 : 16;
        fixed (byte* first = left.Data)
        fixed (byte* second = right.Data)
        {
            return new ReadOnlySpan<byte>(first + start, length).SequenceEqual(new ReadOnlySpan<byte>(second + start, length));
        }
    }
}
