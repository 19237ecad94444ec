using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>The reply gate: what a request has written leaves when the log has come far enough. See <see cref="ReplyGate"/>.</content>
internal sealed unsafe partial class Turn
{
    private const uint HeldByLock = 1;
    private const uint HeldByGate = 2;

    private readonly GateSource* _gate;

    // Why a full buffer is not simply sent; HeldByGate stays for the rest of the job when the gate is turned off meanwhile.
    private uint _hold;
    private ReplyMarks _marks;
    private readonly LaterPosts _later;

    /// <summary>
    /// Whether replies wait for the log: then <see cref="EndRequest"/> is to be called after each request. Protocols ask after each, because the request itself may
    /// have turned the gate on.
    /// </summary>
    public bool IsGated
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _gate->IsOn) != 0; // pairs with the log's switch
    }

    // What is queued now waits for this.
    private long PresentPosition => (_hold & HeldByGate) != 0 ? ReplyGate.Undecided : 0;

    /// <summary>
    /// Raises the position of the log that everything waits for which the present request has written, what is queued already included, or is going to write.
    /// Never lowers it. Without effect while the gate is off.
    /// </summary>
    public void HoldUntil(long position)
    {
        if (position > 0 && IsGated)
        {
            BeginHolding();
            _marks.Raise(position);
        }
    }

    /// <summary>A request is over: its reply waits for the position that <see cref="HoldUntil"/> named or that it has observed. Only while <see cref="IsGated"/>.</summary>
    public void EndRequest()
    {
        BeginHolding();
        _marks.Raise(Observed(forget: true));
        long position = _marks.Decide(_cursor, Server.Gate.Durable);
        int index = (int)(uint)Token;
        if (Deferred || PauseRequested)
        {
            ref long carried = ref Server.Gate.Carried(index);
            carried = Math.Max(carried, position);
        }

        if (_later.Any)
        {
            _later.Send(position);
        }

        if (_marks.HasQueued)
        {
            _marks.HasQueued = false;
            Server.Gate.Count(index, Connection);
            _stop |= Server.Gate.StopsReading(Connection);
        }
    }

    /// <summary>Posts to another connection, whose peer sees it when the log has all that the present batch of requests has seen or done so far.</summary>
    /// <returns>As of <see cref="ConnectionSignals.Post"/>.</returns>
    public bool Post(ulong token, SharedBytes* bytes, int kind)
    {
        if (!IsGated)
        {
            return Server.Signals.Post(token, bytes, kind);
        }

        if (HoldOutput || _later.Any)
        {
            // Partitions are held: what the request writes has no position yet.
            return _later.Add(token, bytes, kind);
        }

        // In a job that is no connection's it may be what the thread saw for one: too late a position, and never too early.
        long highest = (_hold & HeldByGate) != 0 ? _marks.Highest : 0;
        return Server.Signals.Post(token, bytes, kind, Math.Max(highest, Observed(forget: false)));
    }

    /// <summary>Requests, or messages of other connections, are looked at next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginRequests(bool ofMailbox)
    {
        if (IsGated)
        {
            BeginGated(ofMailbox);
        }
    }

    /// <summary>The batch, or the message, is over: what nobody has called a request's end is decided, also when the gate was turned off meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void EndRequests()
    {
        if ((_hold & HeldByGate) != 0)
        {
            EndRequest();
        }
    }

    private void BeginGated(bool ofMailbox)
    {
        BeginHolding();
        _ = Observed(forget: true); // a job of the background's may have left something
        long carried = 0;
        if (!ofMailbox)
        {
            ref long place = ref Server.Gate.Carried((int)(uint)Token);
            carried = place;
            place = 0;
        }

        _marks.GoOn(carried);
    }

    // The gate may have come on in the middle: then all that lies in the buffer counts as the present request's.
    private void BeginHolding()
    {
        if ((_hold & HeldByGate) == 0)
        {
            _hold |= HeldByGate;
            _marks.Begin(_reply);
        }
    }

    private long Observed(bool forget) => _gate->Observed == null ? 0 : _gate->Observed(this, forget);

    private void NoteQueued(OutputSegment* before)
    {
        if ((_hold & HeldByGate) != 0)
        {
            _marks.NoteQueued(Connection, before);
        }
    }

    private void EmptyReply()
    {
        _cursor = _reply;
        _marks.Empty(_reply);
    }

    // As FlushReply, when something may have to stay.
    private void FlushHeld()
    {
        byte* from = _reply;
        if (!HoldOutput && !Broken && !IsMuted)
        {
            byte* end = EndOfFree();
            nint free = (nint)(end - from);
            if (free > 0 && Connection->OutputHead == null)
            {
                nint sent = Socket.Send(Connection->Descriptor, from, free, 0);
                from += Account(sent) ? Math.Max(sent, 0) : 0;
            }
        }

        if (!IsMuted && !Broken && from < _cursor)
        {
            QueueFrom(from);
            CheckLimit();
        }

        EmptyReply();
    }

    // The end of what needs no position of the log, or one that is reached.
    private byte* EndOfFree()
        => (_hold & HeldByGate) == 0 ? _cursor
            : _marks.HeldFrom == null || _marks.Position <= Server.Gate.Durable ? _marks.Start
            : _marks.HeldFrom;

    // Queues the buffer's bytes from there on, each with the position it waits for.
    private void QueueFrom(byte* from)
    {
        byte* free = EndOfFree();
        QueuePart(ref from, free, 0);
        if (from < _cursor)
        {
            QueuePart(ref from, _marks.Start, _marks.Position);
            QueuePart(ref from, _cursor, ReplyGate.Undecided);
        }
    }

    private void QueuePart(ref byte* from, byte* end, long position)
    {
        if (from < end)
        {
            Queue(from, (nint)(end - from), position);
            _marks.HasQueued = true;
            from = end;
        }
    }
}
