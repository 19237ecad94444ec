using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>
/// Makes segments that records are copied into and frees all kinds, outside of the buffer's lock. One is kept. Any thread.
/// </summary>
internal sealed unsafe class LogSegmentPool
{
    /// <summary>Bytes that such a segment has room for.</summary>
    public const long SegmentBytes = 256 * 1024;

    private nint _spare;

    /// <summary>Whether records are copied into a segment: its bytes lie right behind it.</summary>
    public static bool IsRoom(LogSegment* segment) => segment->Data == (byte*)(segment + 1);

    /// <summary>An empty one.</summary>
    public LogSegment* Rent()
    {
        LogSegment* segment = (LogSegment*)Interlocked.Exchange(ref _spare, 0); // pairs with Return
        if (segment == null)
        {
            segment = (LogSegment*)NativeMemory.Alloc((nuint)(sizeof(LogSegment) + SegmentBytes));
        }

        *segment = default;
        segment->Data = (byte*)(segment + 1);
        segment->Capacity = SegmentBytes;
        return segment;
    }

    /// <summary>Frees a list of segments, with what they refer to.</summary>
    public void Return(LogSegment* segments)
    {
        while (segments != null)
        {
            LogSegment* segment = segments;
            segments = segment->Next;
            if (segment->Value != null)
            {
                LargeValue.Release(segment->Value);
            }

            if (IsRoom(segment))
            {
                segment = (LogSegment*)Interlocked.Exchange(ref _spare, (nint)segment); // pairs with Rent
            }
            else
            {
                NativeMemory.Free(segment->Memory);
            }

            NativeMemory.Free(segment);
        }
    }
}
