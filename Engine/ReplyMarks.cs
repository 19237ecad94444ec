namespace Epollsrv.Engine;

/// <summary>
/// Which bytes of a thread's reply buffer, and which segments that its present request has queued, wait for which position of the log. From
/// the buffer's first byte: what may leave at once, what is held, and from <see cref="Start"/> on what the present request has written,
/// which is decided when it is over. Means something while the gate is on. Belongs to the thread.
/// </summary>
internal unsafe struct ReplyMarks
{
    /// <summary>The first byte of the present request.</summary>
    public byte* Start;

    /// <summary>The first byte that is held, up to <see cref="Start"/>; null: none is.</summary>
    public byte* HeldFrom;

    /// <summary>The position that those bytes wait for.</summary>
    public long Position;

    /// <summary>The highest position of all requests since <see cref="Begin"/> or <see cref="GoOn"/>, the present one included.</summary>
    public long Highest;

    // The present request's so far.
    private long _present;

    // The first segment that the present request queued.
    private OutputSegment* _first;

    /// <summary>Whether anything was queued since the last request's end: of the present request or of those before it.</summary>
    public bool HasQueued { get; set; }

    /// <summary>What lies in the buffer from <paramref name="start"/> on, and what follows, is the present request's.</summary>
    public void Begin(byte* start)
    {
        Empty(start);
        GoOn(0);
        _first = null;
        HasQueued = false;
    }

    /// <summary>Requests begin, the first of which waits for <paramref name="carried"/> at least.</summary>
    public void GoOn(long carried)
    {
        Highest = carried;
        _present = carried;
    }

    /// <summary>Raises the position of everything that the present request has written or will write.</summary>
    public void Raise(long position)
    {
        _present = position > _present ? position : _present;
        Highest = position > Highest ? position : Highest;
    }

    /// <summary>Part of the present request was queued behind <paramref name="before"/>, the queue's last segment until then.</summary>
    public void NoteQueued(ConnectionSlot* slot, OutputSegment* before)
    {
        HasQueued = true;
        if (_first == null)
        {
            _first = before == null ? slot->OutputHead : before->Next;
        }
    }

    /// <summary>The end of the buffer's bytes that need no position of the log, or one that is reached.</summary>
    public readonly byte* EndOfFree(long durable) => HeldFrom == null || Position <= durable ? Start : HeldFrom;

    /// <summary>Queues the buffer's bytes, each with the position it waits for.</summary>
    /// <param name="thread">The thread's.</param>
    /// <param name="from">The first byte.</param>
    /// <param name="free">The end of those that wait for nothing.</param>
    /// <param name="cursor">The end of all.</param>
    public void QueueParts(ThreadContext thread, byte* from, byte* free, byte* cursor)
    {
        QueuePart(thread, ref from, free, 0);
        if (from < cursor)
        {
            QueuePart(thread, ref from, Start, Position);
            QueuePart(thread, ref from, cursor, ReplyGate.Undecided);
        }
    }

    /// <summary>Queues bytes that wait for a position.</summary>
    public void Queue(ThreadContext thread, byte* data, nint length, long position, bool endsRecord = false)
    {
        OutputSegment* before = thread.Connection->OutputTail;
        if (!OutputQueue.Append(thread.Server.Buffers, thread.Connection, data, length, position, endsRecord))
        {
            ConnectionLimits.FailForMemory(thread);
        }

        if (position == ReplyGate.Undecided)
        {
            NoteQueued(thread.Connection, before);
        }
    }

    /// <summary>The buffer is empty again: its bytes are queued or sent.</summary>
    public void Empty(byte* start)
    {
        Start = start;
        HeldFrom = null;
        Position = 0;
    }

    /// <summary>The present request is over. What it has written waits for its position, or for nothing when the log is there.</summary>
    /// <returns>Its position, reached or not.</returns>
    public long Decide(byte* cursor, long durable)
    {
        long asked = _present;
        long position = asked > durable ? asked : 0;
        for (OutputSegment* segment = _first; segment != null; segment = segment->Next)
        {
            segment->Position = position;
        }

        if (position > 0 && cursor > Start)
        {
            // All held bytes of a buffer go together: they are sent together once their position is reached.
            HeldFrom = HeldFrom == null ? Start : HeldFrom;
            Position = position > Position ? position : Position;
        }

        Start = cursor;
        _first = null;
        _present = 0;
        return asked;
    }

    private void QueuePart(ThreadContext thread, ref byte* from, byte* end, long position)
    {
        if (from < end)
        {
            Queue(thread, from, (nint)(end - from), position);
            HasQueued = true;
            from = end;
        }
    }
}
