using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Ring;

namespace Epollsrv.Share;

/// <content>Sending, receiving, and where the bytes of a body go.</content>
internal sealed unsafe partial class PeerSource
{
    private const int InputBytes = 8192;
    private const int OutputBytes = 16384;

    // The list of the pieces an unfinished holder has grows with the file: enough for 200 GB.
    private const int LongestHead = 64 * 1024;
    private const int LongestProblem = 64 * 1024;

    // What is read from one peer before others have their turn.
    private const int BytesPerTurn = 4 << 20;

    private readonly byte[] _output = GC.AllocateUninitializedArray<byte>(OutputBytes, pinned: true);
    private byte[] _input = GC.AllocateUninitializedArray<byte>(InputBytes, pinned: true);
    private int _inputStart;
    private int _inputUsed;
    private int _outUsed;
    private int _outSent;
    private long _bodyLeft;
    private long _bodyDone;
    private byte* _body;
    private int _buffer = -1;
    private bool _needsBuffer;
    private bool _closing;
    private bool _paused;
    private long _pieceBegan;

    // Nothing may be read: the limit on the rate is reached, or a piece comes and no buffer is free.
    private bool IsHeldBack() => Stage == PeerStage.Open && _askedCount > 0
        && (_download.Limit.Allowance(Clock.Monotonic()) <= 0 || (_needsBuffer && _download.Buffers.Free == 0));

    private void Exchange(long now, short events)
    {
        if (_outSent < _outUsed)
        {
            Flush();
        }

        if (_socket >= 0 && !_paused && (events & (PollEntry.In | PollEntry.Failed)) != 0)
        {
            Receive(now);
        }
    }

    private void Flush()
    {
        fixed (byte* start = _output)
        {
            while (_socket >= 0 && _outSent < _outUsed)
            {
                nint sent = Socket.Send(_socket, start + _outSent, _outUsed - _outSent, 0);
                if (sent == -Errno.Again)
                {
                    return;
                }

                if (sent < 0)
                {
                    Fail((int)sent is -Errno.BrokenPipe or -Errno.ConnectionReset ? NodeFailure.Closed : (int)sent);
                    return;
                }

                _outSent += (int)sent;
            }
        }

        _outSent = 0;
        _outUsed = 0;
    }

    private void Receive(long now)
    {
        long turn = 0;
        while (_socket >= 0 && turn < BytesPerTurn)
        {
            nint wanted;
            nint count;
            if (_bodyLeft > 0 && _inputStart == _inputUsed)
            {
                if (!TakeBuffer())
                {
                    return;
                }

                wanted = (nint)Math.Min(Math.Min(_bodyLeft, _download.Limit.Allowance(now)), _body is null ? _download.Scratch.Length : long.MaxValue);
                if (wanted <= 0)
                {
                    return;
                }

                fixed (byte* scratch = _download.Scratch)
                {
                    count = Socket.Receive(_socket, _body is null ? scratch : _body + _bodyDone, wanted);
                }
            }
            else
            {
                if (!MakeRoom())
                {
                    Fail(NodeFailure.BadResponse);
                    return;
                }

                wanted = _input.Length - _inputUsed;
                fixed (byte* start = _input)
                {
                    count = Socket.Receive(_socket, start + _inputUsed, wanted);
                }
            }

            if (count == -Errno.Again)
            {
                return;
            }

            if (count <= 0)
            {
                Ended((int)count);
                return;
            }

            turn += count;
            _deadline = now + _download.Timeout;
            _download.Limit.Spend(count);
            if (_bodyLeft > 0 && _inputStart == _inputUsed)
            {
                Advance(count);
            }
            else
            {
                _inputUsed += (int)count;
            }

            Understand();
            if (count < wanted)
            {
                // Nothing more is there: poll says when there is.
                return;
            }
        }
    }

    // Everything that what has arrived allows.
    private void Understand()
    {
        while (_socket >= 0)
        {
            if (Stage == PeerStage.Identifying)
            {
                if (_inputUsed >= CsFrame.Size)
                {
                    Identified();
                }

                return;
            }

            if (_bodyLeft > 0)
            {
                int held = (int)Math.Min(_bodyLeft, _inputUsed - _inputStart);
                if (held == 0 || !TakeBuffer())
                {
                    return;
                }

                if (_body is not null)
                {
                    _input.AsSpan(_inputStart, held).CopyTo(new Span<byte>(_body + _bodyDone, held));
                }

                _inputStart += held;
                Advance(held);
                continue;
            }

            if (_inputStart == _inputUsed)
            {
                return;
            }

            if (_askedCount == 0)
            {
                Fail(NodeFailure.BadResponse);
                return;
            }

            int length = HttpResponse.Read(_input.AsSpan(_inputStart, _inputUsed - _inputStart), out HttpResponse response);
            if (length <= 0)
            {
                if (length < 0)
                {
                    Fail(NodeFailure.BadResponse);
                }

                return;
            }

            _closing |= response.Closes;
            if (!Begin(response) || _socket < 0)
            {
                return;
            }

            _inputStart += length;
            if (_bodyLeft == 0)
            {
                EndResponse();
            }
        }
    }

    private void Advance(nint count)
    {
        _bodyDone += count;
        _bodyLeft -= count;
        if (_bodyLeft == 0)
        {
            EndResponse();
        }
    }

    private void Ended(int result)
    {
        if (Stage == PeerStage.Open && _askedCount == 0)
        {
            // Closed while nothing was asked of it: a node that was restarted, or ends idle connections.
            Close();
            _retryAt = 0;
            return;
        }

        Fail(result is 0 or -Errno.ConnectionReset ? NodeFailure.Closed : result);
    }
}
