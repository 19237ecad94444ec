using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Replies that are not copied: memory that stays where it is, and ranges of files. For the thread's connection.</summary>
internal static unsafe class ZeroCopyOutput
{
    /// <summary>
    /// Sends memory that stays where it is: not copied, and released by calling <paramref name="release"/> with the pool and
    /// <paramref name="owner"/> (not 0) once, on whatever thread sends its last byte. <paramref name="held"/> bytes of memory are given
    /// back with it, which count to this connection: 0 for a value of the store.
    /// </summary>
    public static void WriteReference(
        this ThreadContext thread, byte* data, nint length, nint owner, delegate*<BufferPool, nint, void> release, long held = 0)
    {
        ReplyOutput output = thread.Output;
        BufferPool pool = thread.Server.Buffers;
        output.QueueAll();
        if (output.IsMuted)
        {
            release(pool, owner);
            return;
        }

        OutputSegment* before = thread.Connection->OutputTail;
        if (thread.Broken
            || !OutputQueue.AppendReference(pool, thread.Connection, data, length, owner, release, held, output.PresentPosition))
        {
            release(pool, owner);
            ConnectionLimits.FailForMemory(thread);
            return;
        }

        output.NoteQueued(before);
        ConnectionLimits.CheckOutput(thread);
    }

    /// <summary>
    /// Sends a range of a file after what is written; the descriptor belongs to the engine from here on. Of several ranges
    /// of one reply all but the last say <paramref name="keep"/>: the last closes the descriptor. <paramref name="transfer"/> shows how far
    /// it is.
    /// </summary>
    public static void WriteFile(
        this ThreadContext thread, int file, long offset, long length, bool keep = false, FileTransfer* transfer = null)
    {
        ReplyOutput output = thread.Output;
        output.QueueAll();
        OutputSegment* before = thread.Connection->OutputTail;
        if (thread.Broken || !OutputQueue.AppendFile(
            thread.Server.Buffers, thread.Connection, file, offset, length, keep, transfer, output.PresentPosition))
        {
            if (!keep)
            {
                Descriptor.Close(file);
            }

            if (transfer != null)
            {
                FileTransfers.End(transfer);
            }

            ConnectionLimits.FailForMemory(thread);
            return;
        }

        output.NoteQueued(before);
        thread.Counters->FilesSent++;
    }
}
