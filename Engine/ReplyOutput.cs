using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>The writer for replies: a buffer of the thread's own, sent once per batch to the connection that the thread owns.</summary>
internal sealed unsafe class ReplyOutput(ThreadContext thread, byte* buffer)
{
    /// <summary>Bytes of the buffer.</summary>
    public const int Capacity = 128 * 1024;

    private const uint HeldByLock = 1;
    private const uint HeldByGate = 2;

    /// <summary>What waits for which position of the log. Only while <see cref="IsGated"/>.</summary>
    public ReplyMarks Marks;

    private readonly byte* _end = buffer + Capacity;
    private byte* _start = buffer;
    private byte* _cursor = buffer;

    // Why a full buffer is not simply sent; HeldByGate stays for the rest of the job when the gate is turned off meanwhile.
    private uint _hold;

    /// <summary>Bytes in the buffer.</summary>
    public nint Length => (nint)(_cursor - _start);

    /// <summary>Whether what is written is thrown away: see <see cref="Mute"/>.</summary>
    public bool IsMuted { get; private set; }

    /// <summary>Whether a full buffer is queued instead of sent: while a lock is held, a system call would hold it for long.</summary>
    public bool HoldSending
    {
        get => (_hold & HeldByLock) != 0;
        set => _hold = value ? _hold | HeldByLock : _hold & ~HeldByLock;
    }

    /// <summary>Whether <see cref="Marks"/> says what may leave.</summary>
    public bool IsGated
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_hold & HeldByGate) != 0;
    }

    /// <summary>The position of the log that what is queued now waits for.</summary>
    public long PresentPosition => IsGated ? ReplyGate.Undecided : 0;

    /// <summary>Sends what is written, and throws away what is written from here on until <see cref="Unmute"/>.</summary>
    public void Mute()
    {
        Flush();
        IsMuted = true;
    }

    /// <summary>Forgets what was written since <see cref="Mute"/>.</summary>
    public void Unmute()
    {
        Empty();
        IsMuted = false;
    }

    /// <summary>
    /// Room for <paramref name="bytes"/> (at most 64 KB) at the end of the reply; what is written there counts with <see cref="Advance"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Reserve(int bytes)
    {
        if (_end - _cursor < bytes)
        {
            MakeRoom();
        }

        return _cursor;
    }

    /// <summary>Counts bytes written into <see cref="Reserve"/>'s room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int bytes) => _cursor += bytes;

    /// <summary>Copies bytes to the reply.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            Write(data, bytes.Length);
        }
    }

    /// <summary>Copies bytes to the reply.</summary>
    public void Write(byte* data, nint length)
    {
        if (length > Capacity / 2)
        {
            // Longer than the buffer is meant for: queue it in pooled memory, once.
            QueueAll();
            if (!IsMuted && !thread.Broken)
            {
                Marks.Queue(thread, data, length, PresentPosition);
                ConnectionLimits.CheckOutput(thread);
            }

            return;
        }

        Unsafe.CopyBlockUnaligned(Reserve((int)length), data, (uint)length);
        Advance((int)length);
    }

    /// <summary>What is written next starts a TCP segment of its own, so that it is never torn from what follows it.</summary>
    public void EndSegment()
    {
        ConnectionSlot* slot = thread.Connection;
        if (_hold == 0 && slot->OutputHead == null && _cursor > _start)
        {
            // Nothing waits: the kernel can be told at once.
            nint length = Length;
            nint sent = Socket.Send(slot->Descriptor, _start, length, Socket.EndOfRecord);
            if (Account(sent) && sent < length)
            {
                Marks.Queue(thread, _start + Math.Max(sent, 0), length - Math.Max(sent, 0), 0, endsRecord: true);
            }

            _cursor = _start;
            return;
        }

        QueueAll();
        if (slot->OutputTail != null)
        {
            slot->OutputTail->EndsRecord = true;
        }
    }

    /// <summary>Leaves what is written where it is, and goes on behind it.</summary>
    public void Keep(ref KeptReply kept)
    {
        kept.Start = _start;
        kept.End = _cursor;
        kept.Marks = Marks;
        _start = _cursor;
        Empty();
    }

    /// <summary>Goes on with what was kept.</summary>
    public void TakeBack(in KeptReply kept)
    {
        _start = kept.Start;
        _cursor = kept.End;
        Marks = kept.Marks;
        _hold = HeldByGate;
    }

    /// <summary>The thread begins work on another connection.</summary>
    public void Begin()
    {
        _cursor = _start;
        _hold = 0;
    }

    /// <summary>Forgets what is written, and why it was held.</summary>
    public void GiveUp()
    {
        _hold = 0;
        Unmute();
    }

    /// <summary>
    /// From here on <see cref="Marks"/> says what may leave. The gate may have come on in the middle: then all that lies in the buffer
    /// counts as the present request's.
    /// </summary>
    public void BeginHolding()
    {
        if (!IsGated)
        {
            _hold |= HeldByGate;
            Marks.Begin(_start);
        }
    }

    /// <summary>The present request is over: decides what its bytes wait for.</summary>
    /// <returns>Its position, reached or not.</returns>
    public long Decide() => Marks.Decide(_cursor, thread.Server.Gate.Durable);

    /// <summary>Something was queued behind a segment.</summary>
    public void NoteQueued(OutputSegment* before)
    {
        if (IsGated)
        {
            Marks.NoteQueued(thread.Connection, before);
        }
    }

    /// <summary>Moves what is written to the connection's queue without trying to send: something must follow in order.</summary>
    public void QueueAll()
    {
        if (_cursor > _start && !IsMuted && !thread.Broken)
        {
            Marks.QueueParts(thread, _start, EndOfFree(), _cursor);
        }

        Empty();
    }

    /// <summary>Sends what is written, or queues it behind what already waits.</summary>
    public void Flush()
    {
        nint length = Length;
        if (length == 0)
        {
            return;
        }

        if (_hold != 0)
        {
            FlushHeld();
            return;
        }

        _cursor = _start;
        if (thread.Broken || IsMuted)
        {
            return;
        }

        nint sent = 0;
        ConnectionSlot* slot = thread.Connection;
        if (slot->OutputHead == null)
        {
            sent = Socket.Send(slot->Descriptor, _start, length, 0);
            if (!Account(sent) || sent == length)
            {
                return;
            }

            sent = Math.Max(sent, 0);
        }

        Marks.Queue(thread, _start + sent, length - sent, 0);
        ConnectionLimits.CheckOutput(thread);
    }

    // As Flush, when something may have to stay.
    private void FlushHeld()
    {
        byte* from = _start;
        if (!HoldSending && !thread.Broken && !IsMuted)
        {
            _ = IsGated && thread.Server.Gate.Reach(Marks.Position);
            nint free = (nint)(EndOfFree() - from);
            if (free > 0 && thread.Connection->OutputHead == null)
            {
                nint sent = Socket.Send(thread.Connection->Descriptor, from, free, 0);
                from += Account(sent) ? Math.Max(sent, 0) : 0;
            }
        }

        if (!IsMuted && !thread.Broken && from < _cursor)
        {
            Marks.QueueParts(thread, from, EndOfFree(), _cursor);
            ConnectionLimits.CheckOutput(thread);
        }

        Empty();
    }

    private void MakeRoom()
    {
        Flush();
        thread.LookAtTime();
    }

    private void Empty()
    {
        _cursor = _start;
        Marks.Empty(_start);
    }

    // The end of what needs no position of the log, or one that is reached.
    private byte* EndOfFree() => IsGated ? Marks.EndOfFree(thread.Server.Gate.Durable) : _cursor;

    // Counts what the kernel took; false when the connection is broken. -EAGAIN counts as nothing taken.
    private bool Account(nint sent)
    {
        if (sent > 0)
        {
            thread.Counters->BytesOut += sent;
        }
        else if (sent != -Errno.Again)
        {
            thread.SocketError = (int)sent;
            thread.Break();
            return false;
        }

        return true;
    }
}
