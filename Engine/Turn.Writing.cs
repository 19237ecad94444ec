using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>The writer for replies: a buffer of the thread's own, sent once per batch.</content>
internal sealed unsafe partial class Turn
{
    private readonly byte* _end;
    private byte* _cursor;
    private bool _stop;

    /// <summary>Whether what is written is thrown away: see <see cref="Mute"/>.</summary>
    public bool IsMuted { get; private set; }

    /// <summary>Whether a full reply buffer is queued instead of sent: while a lock is held, a system call would hold it for long.</summary>
    public bool HoldOutput
    {
        get => (_hold & HeldByLock) != 0;
        set => _hold = value ? _hold | HeldByLock : _hold & ~HeldByLock;
    }

    /// <summary>Sends what is written, and throws away what is written from here on until <see cref="Unmute"/>.</summary>
    public void Mute()
    {
        FlushReply();
        IsMuted = true;
    }

    /// <summary>Forgets what was written since <see cref="Mute"/>.</summary>
    public void Unmute()
    {
        EmptyReply();
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
            FlushReply();
            LookAtTime();
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
        if (length > ReplyBytes / 2)
        {
            // Longer than the buffer is meant for: queue it in pooled memory, once.
            QueueReply();
            if (!IsMuted && !Broken)
            {
                Queue(data, length, PresentPosition);
                CheckLimit();
            }

            return;
        }

        Unsafe.CopyBlockUnaligned(Reserve((int)length), data, (uint)length);
        Advance((int)length);
    }

    /// <summary>
    /// Sends memory that stays where it is: not copied, and released by calling <paramref name="release"/> with the pool and
    /// <paramref name="owner"/> (not 0) once, on whatever thread sends its last byte. <paramref name="held"/> bytes of memory are given back
    /// with it, which count to this connection: 0 for a value of the store.
    /// </summary>
    public void WriteReference(byte* data, nint length, nint owner, delegate*<BufferPool, nint, void> release, long held = 0)
    {
        QueueReply();
        if (IsMuted)
        {
            release(Server.Buffers, owner);
            return;
        }

        OutputSegment* before = Connection->OutputTail;
        if (Broken || !OutputQueue.AppendReference(Server.Buffers, Connection, data, length, owner, release, held, PresentPosition))
        {
            release(Server.Buffers, owner);
            FailForMemory();
            return;
        }

        NoteQueued(before);
        CheckLimit();
    }

    /// <summary>
    /// Sends a range of a file after what is written; the descriptor belongs to the engine from here on. Of several ranges
    /// of one reply all but the last say <paramref name="keep"/>: the last closes the descriptor. <paramref name="transfer"/> shows how far it is.
    /// </summary>
    public void WriteFile(int file, long offset, long length, bool keep = false, FileTransfer* transfer = null)
    {
        QueueReply();
        OutputSegment* before = Connection->OutputTail;
        if (Broken || !OutputQueue.AppendFile(Server.Buffers, Connection, file, offset, length, keep, transfer, PresentPosition))
        {
            if (!keep)
            {
                Descriptor.Close(file);
            }

            if (transfer != null)
            {
                FileTransfers.End(transfer);
            }

            FailForMemory();
            return;
        }

        NoteQueued(before);
        Counters->FilesSent++;
    }

    /// <summary>What is written next starts a TCP segment of its own, so that it is never torn from what follows it.</summary>
    public void EndSegment()
    {
        if (_hold == 0 && Connection->OutputHead == null && _cursor > _reply)
        {
            // Nothing waits: the kernel can be told at once.
            nint length = (nint)(_cursor - _reply);
            nint sent = Socket.Send(Connection->Descriptor, _reply, length, Socket.EndOfRecord);
            if (Account(sent) && sent < length)
            {
                Queue(_reply + Math.Max(sent, 0), length - Math.Max(sent, 0), 0, endsRecord: true);
            }

            _cursor = _reply;
            return;
        }

        QueueReply();
        if (Connection->OutputTail != null)
        {
            Connection->OutputTail->EndsRecord = true;
        }
    }

    /// <summary>Moves what is written to the connection's queue without trying to send: something must follow in order.</summary>
    internal void QueueReply()
    {
        if (_cursor > _reply)
        {
            if (!IsMuted && !Broken)
            {
                QueueFrom(_reply);
            }

            EmptyReply();
        }
    }

    /// <summary>Sends what is written, or queues it behind what already waits.</summary>
    internal void FlushReply()
    {
        nint length = (nint)(_cursor - _reply);
        if (length == 0)
        {
            return;
        }

        if (_hold != 0)
        {
            FlushHeld();
            return;
        }

        _cursor = _reply;
        if (Broken || IsMuted)
        {
            return;
        }

        nint sent = 0;
        if (Connection->OutputHead == null)
        {
            sent = Socket.Send(Connection->Descriptor, _reply, length, 0);
            if (!Account(sent) || sent == length)
            {
                return;
            }

            sent = Math.Max(sent, 0);
        }

        Queue(_reply + sent, length - sent, 0);
        CheckLimit();
    }

    private void Queue(byte* data, nint length, long position, bool endsRecord = false)
    {
        OutputSegment* before = Connection->OutputTail;
        if (!OutputQueue.Append(Server.Buffers, Connection, data, length, position, endsRecord))
        {
            FailForMemory();
        }

        if (position == ReplyGate.Undecided)
        {
            NoteQueued(before);
        }
    }

    // Counts what the kernel took; false when the connection is broken. -EAGAIN counts as nothing taken.
    private bool Account(nint sent)
    {
        if (sent > 0)
        {
            Counters->BytesOut += sent;
            return true;
        }

        if (sent == -Errno.Again)
        {
            return true;
        }

        Broken = true;
        _stop = true;
        return false;
    }
}
