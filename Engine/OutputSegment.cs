using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// A piece of output that waits for the socket: bytes that lie behind this header, memory somebody else owns (a large value
/// pinned in the store), or a range of a file. Belongs to the connection's owner.
/// </summary>
internal unsafe struct OutputSegment
{
    /// <summary>Bytes of this header; a bytes segment's data follow it.</summary>
    public const int HeaderBytes = 64;

    /// <summary>The next segment.</summary>
    public OutputSegment* Next;

    /// <summary>The next byte to send; of a file its <see cref="FileTransfer"/>, or null.</summary>
    public byte* Data;

    /// <summary>Bytes left to send.</summary>
    public long Length;

    /// <summary>The file's next offset; of memory somebody else owns the bytes of it that this connection alone holds.</summary>
    public long Offset;

    /// <summary>
    /// What <see cref="Release"/> gets: the pinned owner of the memory. Of a file under a limit: the moment of <see cref="Pacing"/>.
    /// </summary>
    public nint Owner;

    /// <summary>Called once with the pool and <see cref="Owner"/> when the segment is sent or dropped; null: nobody has to know.</summary>
    public delegate*<BufferPool, nint, void> Release;

    /// <summary>It is not sent before the log has come so far (<see cref="ReplyGate"/>); 0: at once.</summary>
    public long Position;

    /// <summary>The file, or −1. Closed with the segment.</summary>
    public int File;

    // Capacities are multiples of the smallest buffer's half: two flags share the word, and the header is as long as the smallest buffer.
    private int _capacityAndFlags;

    private const int EndsRecordFlag = 1;
    private const int KeepsFileFlag = 2;
    private const int AllFlags = EndsRecordFlag | KeepsFileFlag;

    /// <summary>Bytes of the pooled buffer that holds header and data.</summary>
    public readonly int Capacity => _capacityAndFlags & ~AllFlags;

    /// <summary>The segment after this one must start a TCP segment of its own (MSG_EOR).</summary>
    public bool EndsRecord
    {
        readonly get => (_capacityAndFlags & EndsRecordFlag) != 0;
        set => _capacityAndFlags = value ? _capacityAndFlags | EndsRecordFlag : _capacityAndFlags & ~EndsRecordFlag;
    }

    /// <summary>A later segment uses the same descriptor and closes it.</summary>
    public bool KeepsFile
    {
        readonly get => (_capacityAndFlags & KeepsFileFlag) != 0;
        set => _capacityAndFlags = value ? _capacityAndFlags | KeepsFileFlag : _capacityAndFlags & ~KeepsFileFlag;
    }

    /// <summary>Free bytes at the end of a bytes segment, 0 for the other kinds.</summary>
    public static int Room(OutputSegment* segment)
        => segment->Owner == 0 && segment->File < 0 && !segment->EndsRecord
            ? (int)((byte*)segment + segment->Capacity - (segment->Data + segment->Length))
            : 0;

    /// <summary>
    /// A new segment at the end of a connection's queue, with so much room, that waits for a position of the log; null when there is no
    /// memory.
    /// </summary>
    public static OutputSegment* TryLink(BufferPool pool, ConnectionSlot* slot, int room, long position)
    {
        OutputSegment* segment = (OutputSegment*)pool.TryRent(HeaderBytes + room, out int capacity);
        if (segment == null)
        {
            return null;
        }

        *segment = default;
        segment->_capacityAndFlags = capacity;
        segment->Position = position;
        segment->File = -1;
        slot->Held += capacity;
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

    /// <summary>So much of a file was sent.</summary>
    public static void AdvanceFile(OutputSegment* segment, long bytes)
    {
        segment->Offset += bytes;
        if (segment->Data != null)
        {
            ((FileTransfer*)segment->Data)->Done += bytes;
        }
    }

    /// <summary>Gives back what a connection's segment holds and the segment itself.</summary>
    public static void Free(BufferPool pool, ConnectionSlot* slot, OutputSegment* segment)
    {
        slot->Held -= segment->Capacity + (segment->File < 0 ? segment->Offset : 0);
        if (segment->File >= 0 && !segment->KeepsFile)
        {
            Descriptor.Close(segment->File);
        }

        if (segment->File >= 0 && segment->Data != null)
        {
            FileTransfers.End((FileTransfer*)segment->Data);
        }

        if (segment->Release != null)
        {
            segment->Release(pool, segment->Owner);
        }

        pool.Return((byte*)segment, segment->Capacity);
    }
}
