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

    /// <summary>The file's next offset.</summary>
    public long Offset;

    /// <summary>What <see cref="Release"/> gets: the pinned owner of the memory. Of a file under a limit: the moment of <see cref="Pacing"/>.</summary>
    public nint Owner;

    /// <summary>Called once with the pool and <see cref="Owner"/> when the segment is sent or dropped; null when nobody has to know.</summary>
    public delegate*<BufferPool, nint, void> Release;

    /// <summary>Bytes of the pooled buffer that holds header and data.</summary>
    public int Capacity;

    /// <summary>The file, or −1. Closed with the segment.</summary>
    public int File;

    /// <summary>The segment after this one must start a TCP segment of its own (MSG_EOR).</summary>
    public bool EndsRecord;

    /// <summary>A later segment uses the same descriptor and closes it.</summary>
    public bool KeepsFile;

    /// <summary>Free bytes at the end of a bytes segment, 0 for the other kinds.</summary>
    public static int Room(OutputSegment* segment)
        => segment->Owner == 0 && segment->File < 0 && !segment->EndsRecord
            ? (int)((byte*)segment + segment->Capacity - (segment->Data + segment->Length))
            : 0;

    /// <summary>Gives back what a segment holds and the segment itself.</summary>
    public static void Free(BufferPool pool, OutputSegment* segment)
    {
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
