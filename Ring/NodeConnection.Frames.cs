using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>Sending and receiving frames.</content>
internal sealed unsafe partial class NodeConnection
{
    private bool Idle => _sent.IsEmpty && !_probing && (_waiting.Head is null || _waiting.Head.Sent == 0);

    private int InFlightLimit => Kind == NodeKind.Ours ? MaximumInFlight : 1;

    private void Send(long now)
    {
        while (_state == State.Open && !_probing && !_blocked && _sent.Count < InFlightLimit && _waiting.Head is { } head)
        {
            if (!head.IsPrepared)
            {
                head.BeginClock(now, _client.Timeout);
                if (Idle && !CheckStillOpen())
                {
                    // The node was restarted since the last frame. Nothing of this one was sent, so a new connection is no risk.
                    Disconnect();
                    Open(now);
                    if (_state == State.Resolving)
                    {
                        Resolve();
                    }

                    continue;
                }

                if ((head.NeedsKind || RingPassword.Value.Length > 0) && Kind == NodeKind.Unknown)
                {
                    Probe(head);
                    return;
                }

                if (!head.Prepare(Kind))
                {
                    _waiting.Pop()!.Failed(head.Refused);
                    continue;
                }
            }

            if (!SendRest(head))
            {
                return;
            }

            _sent.Push(_waiting.Pop()!);
        }
    }

    // Asks what the node is, for an operation whose frame depends on it and whose time the question takes.
    private void Probe(RingOperation waiting)
    {
        _probe.PrepareProbe(waiting.Deadline);
        _probing = true;

        // The connection has nothing unsent, so a frame always fits the socket's buffer; a partial send would be a broken socket.
        if (!SendRest(_probe) && _state == State.Open)
        {
            Fail(-Errno.NoBuffers);
        }
    }

    private void GivePassword()
    {
        _probe.PreparePassword();
        _probing = true;
        _givingPassword = true;
        if (!SendRest(_probe) && _state == State.Open)
        {
            Fail(-Errno.NoBuffers);
        }
    }

    private bool SendRest(RingOperation operation)
    {
        fixed (byte* frame = operation.Request)
        {
            while (operation.Sent < CsFrame.Size)
            {
                nint count = Socket.Send(_descriptor, frame + operation.Sent, CsFrame.Size - operation.Sent, 0);
                if (count == -Errno.Again)
                {
                    _blocked = true;
                    return false;
                }

                if (count < 0)
                {
                    Fail((int)count is -Errno.BrokenPipe or -Errno.ConnectionReset ? NodeFailure.Closed : (int)count);
                    return false;
                }

                operation.Sent += (int)count;
            }
        }

        return true;
    }

    private bool CheckStillOpen()
    {
        byte unexpected;
        return Socket.Receive(_descriptor, &unexpected, 1) == -Errno.Again;
    }

    private void Receive()
    {
        while (_state == State.Open)
        {
            RingOperation? operation = _probing ? _probe : _sent.Head;
            if (operation is null)
            {
                // Nothing was asked: an end of stream, or bytes that belong to nothing.
                if (!CheckStillOpen())
                {
                    CloseWhileIdle();
                }

                return;
            }

            nint count;
            fixed (byte* reply = operation.Reply)
            {
                count = Socket.Receive(_descriptor, reply + _received, CsFrame.Size - _received);
            }

            if (count == -Errno.Again)
            {
                return;
            }

            if (count <= 0)
            {
                Fail(count is 0 or -Errno.ConnectionReset ? NodeFailure.Closed : (int)count);
                return;
            }

            _received += (int)count;
            if (_received == CsFrame.Size)
            {
                _received = 0;
                Complete(operation);
            }
        }
    }

    private void CloseWhileIdle()
    {
        if (Idle)
        {
            Disconnect();
        }
        else
        {
            Fail(NodeFailure.Closed);
        }
    }

    private void Complete(RingOperation operation)
    {
        ReadOnlySpan<byte> request = operation.Request;
        ReadOnlySpan<byte> reply = operation.Reply;
        bool fits = CsFrame.HasMagic(reply) && CsFrame.Command(reply) == CsFrame.Command(request)
            && CsFrame.Status(reply) is CsFrame.Ok or CsFrame.Error && CsFrame.Key(reply).SequenceEqual(CsFrame.Key(request));
        if (!fits)
        {
            Fail(NodeFailure.BadReply);
            return;
        }

        if (CsFrame.IsNoPassword(reply))
        {
            Fail(NodeFailure.NoPassword);
            return;
        }

        DownNoted = false;
        if (_givingPassword)
        {
            _givingPassword = false;
            _probing = false;
            if (CsFrame.Status(reply) != CsFrame.Ok)
            {
                Fail(NodeFailure.NoPassword);
            }

            return;
        }

        if (operation.Verb == RingVerb.Identify)
        {
            Kind = CsFrame.Status(reply) == CsFrame.Ok && CsFrame.ReplyValue(reply).StartsWith(CsFrame.IdentityPrefix) ? NodeKind.Ours : NodeKind.Original;
        }

        if (_probing)
        {
            _probing = false;
            if (Kind == NodeKind.Ours && RingPassword.Value.Length > 0 && RingPassword.IsWanted(CsFrame.ReplyValue(reply)))
            {
                GivePassword();
            }

            return;
        }

        _ = _sent.Pop();
        operation.Replied(Kind);
    }
}
