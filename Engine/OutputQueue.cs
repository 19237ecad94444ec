using System;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The output a connection could not send at once (engine.md §5). Functions on a slot; only the slot's owner calls them.
/// </summary>
internal static unsafe class OutputQueue
{
    /// <summary>What <see cref="Flush"/> came to.</summary>
    public enum Result
    {
        /// <summary>Everything is with the kernel.</summary>
        Empty,

        /// <summary>The socket takes no more now; a WRITE event will come.</summary>
        Blocked,

        /// <summary>The turn's share is used up; more would fit.</summary>
        Budget,

        /// <summary>The next bytes of a file may not be sent yet.</summary>
        Paced,

        /// <summary>The connection is gone or its file was cut short: close it.</summary>
        Broken,
    }

    private const int VectorCount = 32;
    private const int LargestChunk = 64 * 1024;
    private const long SendAtOnce = 512 * 1024;

    /// <summary>Copies bytes to the end of the queue.</summary>
    /// <param name="pool">Where the memory comes from.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="length">How many.</param>
    /// <param name="endsRecord">What follows must start a segment of its own.</param>
    public static void Append(BufferPool pool, ConnectionSlot* slot, byte* data, nint length, bool endsRecord = false)
    {
        slot->OutputBytes += length;
        OutputSegment* tail = slot->OutputTail;
        if (tail != null)
        {
            nint fits = Math.Min(length, OutputSegment.Room(tail));
            if (fits > 0)
            {
                Buffer.MemoryCopy(data, tail->Data + tail->Length, fits, fits);
                tail->Length += fits;
                tail->EndsRecord = endsRecord && fits == length;
                data += fits;
                length -= fits;
            }
        }

        while (length > 0)
        {
            int take = (int)Math.Min(length, LargestChunk - OutputSegment.HeaderBytes);
            OutputSegment* segment = Link(pool, slot, take);
            segment->Data = (byte*)segment + OutputSegment.HeaderBytes;
            segment->Length = take;
            Buffer.MemoryCopy(data, segment->Data, take, take);
            data += take;
            length -= take;
            segment->EndsRecord = endsRecord && length == 0;
        }
    }

    /// <summary>Adds memory that stays where it is until it is sent; then <paramref name="release"/> is called with <paramref name="owner"/>.</summary>
    public static void AppendReference(BufferPool pool, ConnectionSlot* slot, byte* data, nint length, nint owner, delegate*<BufferPool, nint, void> release)
    {
        OutputSegment* segment = Link(pool, slot, 0);
        segment->Data = data;
        segment->Length = length;
        segment->Owner = owner;
        segment->Release = release;
        slot->OutputBytes += length;
    }

    /// <summary>Adds a range of a file; the descriptor is closed when it is sent or dropped, unless a later range keeps it.</summary>
    public static void AppendFile(BufferPool pool, ConnectionSlot* slot, int file, long offset, long length, bool keep = false, FileTransfer* transfer = null)
    {
        OutputSegment* segment = Link(pool, slot, 0);
        segment->Data = (byte*)transfer;
        segment->File = file;
        segment->KeepsFile = keep;
        segment->Offset = offset;
        segment->Length = length;
        slot->Flags |= ConnectionFlags.FileOutput;
    }

    /// <summary>Sends as much as the socket takes, at most about <paramref name="budget"/> bytes.</summary>
    /// <param name="pool">Where sent segments go back to.</param>
    /// <param name="slot">The connection.</param>
    /// <param name="budget">Bytes; a turn's share.</param>
    /// <param name="sent">Bytes the kernel took.</param>
    /// <param name="pacing">Limits on files, or null.</param>
    public static Result Flush(BufferPool pool, ConnectionSlot* slot, long budget, out long sent, Pacing? pacing = null)
    {
        sent = 0;
        while (slot->OutputHead != null)
        {
            if (sent >= budget)
            {
                return Result.Budget;
            }

            if (pacing != null && slot->OutputHead->File >= 0)
            {
                Result paced = SendPaced(pool, slot, pacing, ref sent);
                if (slot->OutputHead == null)
                {
                    break;
                }

                return paced;
            }

            bool isFile = slot->OutputHead->File >= 0;
            long wanted = isFile ? Math.Min(slot->OutputHead->Length, SendAtOnce) : 0;
            nint count = isFile ? SendFileRange(slot, wanted) : SendBytes(slot);
            if (count < 0)
            {
                return count == -Errno.Again ? Result.Blocked : Result.Broken;
            }

            if (count == 0)
            {
                // Only a file can end early: somebody truncated it after its size was read. The reply cannot be made whole.
                return Result.Broken;
            }

            sent += count;
            Consume(pool, slot, count);
            if (count < wanted && !TakesMore(slot->Descriptor))
            {
                return Result.Blocked;
            }
        }

        slot->Flags &= ~ConnectionFlags.FileOutput;
        return Result.Empty;
    }

    /// <summary>Whether the queue begins with a part of a file that lies in memory, as far as one send goes. The rest is then not far: the kernel reads ahead.</summary>
    public static bool IsNextResident(ConnectionSlot* slot)
    {
        OutputSegment* segment = slot->OutputHead;
        return segment != null && (segment->File < 0 || Files.IsResident(segment->File, segment->Offset + Math.Min(segment->Length, SendAtOnce) - 1));
    }

    /// <summary>Drops everything queued.</summary>
    public static void Clear(BufferPool pool, ConnectionSlot* slot)
    {
        OutputSegment* segment = slot->OutputHead;
        while (segment != null)
        {
            OutputSegment* next = segment->Next;
            OutputSegment.Free(pool, segment);
            segment = next;
        }

        slot->OutputHead = null;
        slot->OutputTail = null;
        slot->OutputBytes = 0;
    }

    private static OutputSegment* Link(BufferPool pool, ConnectionSlot* slot, int room)
    {
        OutputSegment* segment = (OutputSegment*)pool.Rent(OutputSegment.HeaderBytes + room, out int capacity);
        *segment = default;
        segment->Capacity = capacity;
        segment->File = -1;
        if (slot->OutputTail == null)
        {
            slot->OutputHead = segment;
        }
        else
        {
            slot->OutputTail->Next = segment;
        }

        slot->OutputTail = segment;
        return segment;
    }

    // One chunk, after which others have their turn.
    private static Result SendPaced(BufferPool pool, ConnectionSlot* slot, Pacing pacing, ref long sent)
    {
        OutputSegment* segment = slot->OutputHead;
        long now = Clock.Monotonic();
        long allowed = pacing.Allowed(segment, now);
        if (allowed == 0)
        {
            return Result.Paced;
        }

        nint count = SendFileRange(slot, Math.Min(allowed, SendAtOnce));
        if (count <= 0)
        {
            return count == -Errno.Again ? Result.Blocked : Result.Broken;
        }

        pacing.Sent(segment, count, now);
        sent += count;
        Consume(pool, slot, count);
        return Result.Budget;
    }

    // After a short sendfile: the socket is full (asking makes the kernel report it when it is not), or a signal came or the file
    // ended, and the next call tells. An asking sendfile would fetch sixteen pages of the file first to find that out.
    private static bool TakesMore(int socket)
    {
        return Descriptor.Poll(socket, PollEntry.Out, 0) != 0;
    }

    private static nint SendFileRange(ConnectionSlot* slot, long most)
    {
        OutputSegment* segment = slot->OutputHead;
        long offset = segment->Offset;
        return Socket.SendFile(slot->Descriptor, segment->File, ref offset, (nint)Math.Min(segment->Length, most));
    }

    private static nint SendBytes(ConnectionSlot* slot)
    {
        IoVector* vectors = stackalloc IoVector[VectorCount];
        int count = 0;
        long total = 0;
        int flags = 0;
        OutputSegment* segment = slot->OutputHead;
        while (segment != null && count < VectorCount && total < SendAtOnce)
        {
            if (segment->File >= 0)
            {
                // A header before a file leaves in the same segment as the file's first bytes.
                flags = Socket.More;
                break;
            }

            vectors[count].Base = segment->Data;
            vectors[count].Length = (nuint)Math.Min(segment->Length, SendAtOnce);
            total += (long)vectors[count].Length;
            count++;
            if (segment->EndsRecord)
            {
                flags = Socket.EndOfRecord;
                break;
            }

            segment = segment->Next;
        }

        return count == 1
            ? Socket.Send(slot->Descriptor, vectors[0].Base, (nint)vectors[0].Length, flags)
            : Socket.Send(slot->Descriptor, vectors, count, flags);
    }

    private static void Consume(BufferPool pool, ConnectionSlot* slot, long count)
    {
        while (count > 0)
        {
            OutputSegment* segment = slot->OutputHead;
            long part = Math.Min(count, segment->Length);
            count -= part;
            segment->Length -= part;
            segment->Offset += part;
            if (segment->File < 0)
            {
                segment->Data += part;
                slot->OutputBytes -= part;
            }
            else if (segment->Data != null)
            {
                ((FileTransfer*)segment->Data)->Done += part;
            }

            if (segment->Length == 0)
            {
                slot->OutputHead = segment->Next;
                if (slot->OutputHead == null)
                {
                    slot->OutputTail = null;
                }

                OutputSegment.Free(pool, segment);
            }
        }
    }
}
