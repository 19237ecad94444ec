using System;

namespace Epollsrv.Engine;

/// <summary>
/// The output a connection could not send at once. Functions on a slot; only the slot's owner calls them. <see cref="OutputSender"/> sends
/// it.
/// </summary>
internal static unsafe class OutputQueue
{
    private const int LargestChunk = 64 * 1024;

    /// <summary>Copies bytes to the end of the queue.</summary>
    /// <param name="pool">Where the memory comes from.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="length">How many.</param>
    /// <param name="position">The position of the log they wait for. Bytes that wait for different ones never share a segment.</param>
    /// <param name="endsRecord">What follows must start a segment of its own.</param>
    /// <returns>False when there is no memory for all of it: what follows must not be sent either.</returns>
    public static bool Append(BufferPool pool, ConnectionSlot* slot, byte* data, nint length, long position = 0, bool endsRecord = false)
    {
        OutputSegment* tail = slot->OutputTail;
        if (tail != null && tail->Position == position)
        {
            nint fits = Math.Min(length, OutputSegment.Room(tail));
            if (fits > 0)
            {
                Buffer.MemoryCopy(data, tail->Data + tail->Length, fits, fits);
                tail->Length += fits;
                slot->OutputBytes += fits;
                tail->EndsRecord = endsRecord && fits == length;
                data += fits;
                length -= fits;
            }
        }

        while (length > 0)
        {
            int take = (int)Math.Min(length, LargestChunk - OutputSegment.HeaderBytes);
            OutputSegment* segment = OutputSegment.TryLink(pool, slot, take, position);
            if (segment == null)
            {
                return false;
            }

            slot->OutputBytes += take;
            segment->Data = (byte*)segment + OutputSegment.HeaderBytes;
            segment->Length = take;
            Buffer.MemoryCopy(data, segment->Data, take, take);
            data += take;
            length -= take;
            segment->EndsRecord = endsRecord && length == 0;
        }

        return true;
    }

    /// <summary>
    /// Adds memory that stays where it is until it is sent; then <paramref name="release"/> is called with <paramref name="owner"/>; so
    /// much is then given back that counts to this connection.
    /// </summary>
    /// <returns>False when there is no memory: then it is the caller's still.</returns>
    public static bool AppendReference(
        BufferPool pool, ConnectionSlot* slot, byte* data, nint length, nint owner, delegate*<BufferPool, nint, void> release,
        long held = 0, long position = 0)
    {
        OutputSegment* segment = OutputSegment.TryLink(pool, slot, 0, position);
        if (segment == null)
        {
            return false;
        }

        segment->Data = data;
        segment->Length = length;
        segment->Owner = owner;
        segment->Release = release;
        segment->Offset = held;
        slot->Held += held;
        slot->OutputBytes += length;
        return true;
    }

    /// <summary>Adds a range of a file; the descriptor is closed when it is sent or dropped, unless a later range keeps it.</summary>
    /// <returns>As of <see cref="AppendReference"/>.</returns>
    public static bool AppendFile(
        BufferPool pool, ConnectionSlot* slot, int file, long offset, long length,
        bool keep = false, FileTransfer* transfer = null, long position = 0)
    {
        OutputSegment* segment = OutputSegment.TryLink(pool, slot, 0, position);
        if (segment == null)
        {
            return false;
        }

        segment->Data = (byte*)transfer;
        segment->File = file;
        segment->KeepsFile = keep;
        segment->Offset = offset;
        segment->Length = length;
        slot->Flags |= ConnectionFlags.FileOutput;
        return true;
    }

    /// <summary>Drops everything queued.</summary>
    public static void Clear(BufferPool pool, ConnectionSlot* slot)
    {
        OutputSegment* segment = slot->OutputHead;
        while (segment != null)
        {
            OutputSegment* next = segment->Next;
            OutputSegment.Free(pool, slot, segment);
            segment = next;
        }

        slot->OutputHead = null;
        slot->OutputTail = null;
        slot->OutputBytes = 0;
    }
}
