using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>The connection: open, ask what the peer is, send, receive, each within its time.</content>
internal sealed unsafe partial class PeerTransfer
{
    private const int ResolvePollMilliseconds = 5;

    private long DeadlineFromNow() => Clock.Monotonic() + _timeout;

    private bool Connect()
    {
        byte unexpected;
        if (_descriptor >= 0 && Socket.Receive(_descriptor, &unexpected, 1) == -Errno.Again)
        {
            return true;
        }

        Disconnect();
        long deadline = DeadlineFromNow();
        int result;
        SocketAddress address;
        while ((result = _resolver.Poll(out address)) == 0 && Clock.Monotonic() < deadline)
        {
            _ = Descriptor.Poll(null, 0, ResolvePollMilliseconds);
        }

        if (result <= 0)
        {
            Failure = result == 0 ? NodeFailure.LookUpTimedOut : NodeFailure.NoSuchHost;
            return false;
        }

        _descriptor = Socket.Create(address.Family);
        if (_descriptor < 0)
        {
            Failure = _descriptor;
            return false;
        }

        Socket.ResetOnClose(_descriptor);
        Socket.NoDelay(_descriptor);
        result = Socket.Connect(_descriptor, ref address);
        if (result == -Errno.InProgress)
        {
            result = Wait(PollEntry.Out, deadline) ? Socket.PendingError(_descriptor) : -Errno.TimedOut;
        }

        Failure = result;
        if (result < 0)
        {
            _resolver.Forget();
        }

        return result == 0;
    }

    private bool Identify()
    {
        if (Kind != NodeKind.Unknown)
        {
            return true;
        }

        if (!Ask(CsFrame.IdentityKey, default))
        {
            return false;
        }

        ReadOnlySpan<byte> reply = _buffer.AsSpan(0, CsFrame.Size);
        NodeKind kind = CsFrame.Status(reply) == CsFrame.Ok && CsFrame.ReplyValue(reply).StartsWith(CsFrame.IdentityPrefix) ? NodeKind.Ours : NodeKind.Original;
        if (kind == NodeKind.Ours && RingPassword.IsWanted(CsFrame.ReplyValue(reply)))
        {
            if (RingPassword.Value.Length > 0 && !_trusted)
            {
                Failure = NodeFailure.NotTrusted;
                return false;
            }

            if (!Ask(CsFrame.PasswordKey, RingPassword.Value))
            {
                return false;
            }

            if (CsFrame.Status(_buffer) != CsFrame.Ok)
            {
                Failure = NodeFailure.NoPassword;
                return false;
            }
        }

        Kind = kind;
        return true;
    }

    // One GET of a reserved key; its reply is in the buffer.
    private bool Ask(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        CsFrame.WriteRequest(_requests, CsFrame.Get, key, value);
        if (!Send(CsFrame.Size))
        {
            return false;
        }

        _used = 0;
        long deadline = DeadlineFromNow();
        while (_used < CsFrame.Size)
        {
            if (!Receive(deadline))
            {
                return false;
            }
        }

        ReadOnlySpan<byte> reply = _buffer.AsSpan(0, CsFrame.Size);
        bool fits = _used == CsFrame.Size && CsFrame.HasMagic(reply) && CsFrame.Key(reply).SequenceEqual(key);
        Failure = fits ? Failure : NodeFailure.BadReply;
        return fits;
    }

    private bool Send(int count)
    {
        long deadline = DeadlineFromNow();
        int done = 0;
        while (done < count)
        {
            nint sent;
            fixed (byte* start = _requests)
            {
                sent = Socket.Send(_descriptor, start + done, count - done, 0);
            }

            if (sent == -Errno.Again && Wait(PollEntry.Out, deadline))
            {
                continue;
            }

            if (sent < 0)
            {
                Failure = (int)sent switch
                {
                    -Errno.Again => -Errno.TimedOut,
                    -Errno.BrokenPipe or -Errno.ConnectionReset => NodeFailure.Closed,
                    _ => (int)sent,
                };
                return false;
            }

            done += (int)sent;
        }

        return true;
    }

    // Receives at least one byte behind what the buffer holds.
    private bool Receive(long deadline)
    {
        while (true)
        {
            nint count;
            fixed (byte* start = _buffer)
            {
                count = Socket.Receive(_descriptor, start + _used, _buffer.Length - _used);
            }

            if (count == -Errno.Again && Wait(PollEntry.In, deadline))
            {
                continue;
            }

            if (count <= 0)
            {
                Failure = (int)count switch
                {
                    -Errno.Again => -Errno.TimedOut,
                    0 or -Errno.ConnectionReset => NodeFailure.Closed,
                    _ => (int)count,
                };
                return false;
            }

            _used += (int)count;
            return true;
        }
    }

    private bool IsSilent() => !Wait(PollEntry.In, Clock.Monotonic() + (SilenceMilliseconds * 1_000_000L));

    private bool Wait(short events, long deadline)
    {
        while (true)
        {
            long left = deadline - Clock.Monotonic();
            if (left <= 0)
            {
                return false;
            }

            if (Descriptor.Poll(_descriptor, events, (int)Math.Min((left + 999_999) / 1_000_000, int.MaxValue)) > 0)
            {
                return true;
            }
        }
    }

    private void Disconnect()
    {
        if (_descriptor >= 0)
        {
            Descriptor.Close(_descriptor);
            _descriptor = -1;
        }

        Kind = NodeKind.Unknown;
    }
}
