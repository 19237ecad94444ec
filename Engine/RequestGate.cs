using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>
/// The reply gate as the requests of one thread pass it: what a request has written leaves when the log has come far enough. See
/// <see cref="ReplyGate"/>. Belongs to the thread.
/// </summary>
internal sealed unsafe class RequestGate(ThreadContext thread, ReplyOutput output)
{
    private readonly ReplyGate _gate = thread.Server.Gate;
    private readonly GateSource* _source = thread.Server.Gate.Source;
    private readonly LaterPosts _later = new(thread.Server);

    /// <summary>
    /// Whether replies wait for the log: then <see cref="EndRequest"/> is to be called after each request. Protocols ask after each,
    /// because the request itself may have turned the gate on.
    /// </summary>
    public bool IsOn
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _source->IsOn) != 0; // pairs with the log's switch
    }

    /// <summary>
    /// Raises the position of the log that everything waits for which the present request has written, what is queued already included, or
    /// is going to write. Never lowers it. Without effect while the gate is off.
    /// </summary>
    public void HoldUntil(long position)
    {
        if (position > 0 && IsOn)
        {
            output.BeginHolding();
            output.Marks.Raise(position);
        }
    }

    /// <summary>
    /// A request is over: its reply waits for the position that <see cref="HoldUntil"/> named or that it has observed. Only while
    /// <see cref="IsOn"/>.
    /// </summary>
    public void EndRequest()
    {
        output.BeginHolding();
        if (_gate.IsFailed && HasLostWrite())
        {
            thread.Abort();
        }

        output.Marks.Raise(Observed(forget: true));
        long position = output.Decide();
        int index = (int)(uint)thread.Token;
        if (thread.Deferred || thread.PauseRequested)
        {
            ref long carried = ref _gate.Carried(index);
            carried = Math.Max(carried, position);
        }

        if (_later.Any)
        {
            _later.Send(position);
        }

        if (output.Marks.HasQueued)
        {
            output.Marks.HasQueued = false;
            _gate.Count(index, thread.Connection);
            if (_gate.StopsReading(thread.Connection))
            {
                thread.StopBatch();
            }
        }
    }

    /// <summary>
    /// Posts to another connection, whose peer sees it when the log has all that the present batch of requests has seen or done so far.
    /// </summary>
    /// <returns>As of <see cref="ConnectionSignals.Post"/>.</returns>
    public bool Post(ulong token, SharedBytes* bytes, int kind)
    {
        if (!IsOn)
        {
            return thread.Server.Signals.Post(token, bytes, kind);
        }

        if (output.HoldSending || _later.Any)
        {
            // Partitions are held: what the request writes has no position yet.
            return _later.Add(token, bytes, kind);
        }

        // In a job that is no connection's it may be what the thread saw for one: too late a position, and never too early.
        long highest = output.IsGated ? output.Marks.Highest : 0;
        return thread.Server.Signals.Post(token, bytes, kind, Math.Max(highest, Observed(forget: false)));
    }

    /// <summary>Requests, or messages of other connections, are looked at next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginRequests(bool ofMailbox)
    {
        if (IsOn)
        {
            Begin(ofMailbox);
        }
    }

    /// <summary>The batch, or the message, is over: decides what nobody has ended as a request, even if the gate is off by now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndRequests()
    {
        if (output.IsGated)
        {
            EndRequest();
        }
    }

    /// <summary>Memory ran out: what was to be posted later is not.</summary>
    public void GiveUp() => _later.Drop();

    private void Begin(bool ofMailbox)
    {
        output.BeginHolding();
        _ = Observed(forget: true); // a job of the background's may have left something
        long carried = 0;
        if (!ofMailbox)
        {
            ref long place = ref _gate.Carried((int)(uint)thread.Token);
            carried = place;
            place = 0;
        }

        output.Marks.GoOn(carried);
    }

    private long Observed(bool forget)
    {
        long position = _source->Observed == null ? 0 : _source->Observed(thread, forget);
        return _gate.IsFailed ? 0 : position;
    }

    // What the present request has written may be gone after a power cut, and it is too late to refuse it.
    private bool HasLostWrite() =>
        _source->HasWritten != null && _source->HasWritten(thread) && _source->Observed(thread, false) > _gate.Durable;
}
