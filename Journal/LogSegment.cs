using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>A piece of memory with whole records that wait to be written, in <see cref="LogBuffer"/>.</summary>
internal unsafe struct LogSegment
{
    /// <summary>The next one; null: this is the last.</summary>
    public LogSegment* Next;

    /// <summary>What is freed with the segment; null: nothing.</summary>
    public byte* Memory;

    /// <summary>A pinned value that the bytes are; null: they are not.</summary>
    public LargeValue* Value;

    /// <summary>Whether the record that it ends with goes on in the next one.</summary>
    public bool IsOpen;

    /// <summary>The first byte.</summary>
    public byte* Data;

    /// <summary>Bytes there is room for; as many as <see cref="Length"/> when nothing is to be added.</summary>
    public long Capacity;

    /// <summary>Bytes that are records.</summary>
    public long Length;
}
