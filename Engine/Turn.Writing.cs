using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>The writer for replies: a buffer of the thread's own, sent once per batch (engine.md §5).</content>
internal sealed unsafe partial class Turn
{
    private readonly byte* _end;
    private byte* _cursor;
    private bool _stop;

    /// <summary>Whether what is written is thrown away: see <see cref="Mute"/>.</summary>
    public bool IsMuted { get; private set; }

    /// <summary>Whether a full reply buffer is queued instead of sent: while a lock is held, a system call would hold it for long.</summary>
    public bool HoldOutput { get; set; }

    /// <summary>Sends what is written, and throws away what is written from here on until <see cref="Unmute"/>.</summary>
    public void Mute()
    {
        FlushReply();
        IsMuted = true;
    }

    /// <summary>Forgets what was written since <see cref="Mute"/>.</summary>
    public void Unmute()
    {
        _cursor = _reply;
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
                OutputQueue.Append(Server.Buffers, Connection, data, length);
                CheckLimit();
            }

            return;
        }

        Unsafe.CopyBlockUnaligned(Reserve((int)length), data, (uint)length);
        Advance((int)length);
    }

    /// <summary>
    /// Sends memory that stays where it is: not copied, and released by calling <paramref name="release"/> with the pool and
    /// <paramref name="owner"/> (not 0) once, on whatever thread sends its last byte.
    /// </summary>
    public void WriteReference(byte* data, nint length, nint owner, delegate*<BufferPool, nint, void> release)
    {
        QueueReply();
        if (IsMuted)
        {
            release(Server.Buffers, owner);
            return;
        }

        OutputQueue.AppendReference(Server.Buffers, Connection, data, length, owner, release);
        CheckLimit();
    }

    /// <summary>
    /// Sends a range of a file after what is written; the descriptor belongs to the engine from here on. Of several ranges
    /// of one reply all but the last say <paramref name="keep"/>: the last closes the descriptor. <paramref name="transfer"/> shows how far it is.
    /// </summary>
    public void WriteFile(int file, long offset, long length, bool keep = false, FileTransfer* transfer = null)
    {
        QueueReply();
        OutputQueue.AppendFile(Server.Buffers, Connection, file, offset, length, keep, transfer);
        Counters->FilesSent++;
    }

    /// <summary>What is written next starts a TCP segment of its own, so that it is never torn from what follows it.</summary>
    public void EndSegment()
    {
        if (Connection->OutputHead == null && _cursor > _reply)
        {
            // Nothing waits: the kernel can be told at once.
            nint length = (nint)(_cursor - _reply);
            nint sent = Socket.Send(Connection->Descriptor, _reply, length, Socket.EndOfRecord);
            if (Account(sent) && sent < length)
            {
                OutputQueue.Append(Server.Buffers, Connection, _reply + Math.Max(sent, 0), length - Math.Max(sent, 0), endsRecord: true);
            }

            _cursor = _reply;
            return;
        }

        if (_cursor > _reply)
        {
            OutputQueue.Append(Server.Buffers, Connection, _reply, (nint)(_cursor - _reply), endsRecord: true);
            _cursor = _reply;
        }
        else if (Connection->OutputTail != null)
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
                OutputQueue.Append(Server.Buffers, Connection, _reply, (nint)(_cursor - _reply));
            }

            _cursor = _reply;
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

        if (HoldOutput)
        {
            QueueReply();
            CheckLimit();
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

        OutputQueue.Append(Server.Buffers, Connection, _reply + sent, length - sent);
        CheckLimit();
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

    private void CheckLimit()
    {
        if (Connection->OutputBytes > Server.Options.MaxOutput)
        {
            _stop = true;
            if (Server.Buffers.IsOverLimit && !Broken)
            {
                // One command's reply alone: nobody looks at the limit of all before it ends.
                Counters->TimedOut++;
                Server.Log(4, "a reply passed --max-output and with it all pending bytes --max-buffers; its connection is closed");
                Abort();
            }
        }
    }
}
