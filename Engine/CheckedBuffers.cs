#if CHECK_OWNERSHIP
using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The buffers of the checked build (`make checked`): each is a mapping of its own that ends at a page nobody may touch, and is known by
/// its address while it is handed out. One that is given back is not to be touched either until many others were; giving it back twice,
/// with another capacity, or written past its end, ends the process with the address. Any thread.
/// </summary>
internal sealed unsafe class CheckedBuffers(SlabAllocator slabs, MappedBuffers mapped)
{
    // Behind a buffer: who parses looks at a few bytes behind the last one. They are not to be written.
    private const int Margin = 64;
    private const byte Unwritten = 0xA5;
    private const int MostQuarantined = 1024;

    // Two mappings each, of the 65,530 that a process may have: what is more is not kept apart, but poisoned.
    private const int MostApart = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<nint, CheckedBuffer> _out = [];
    private readonly Queue<CheckedBuffer> _quarantine = new();
    private int _apart;

    /// <summary>A buffer that holds so much; null when the kernel refuses.</summary>
    public byte* TryRent(int capacity)
    {
        lock (_lock)
        {
            CheckedBuffer block = new() { Capacity = capacity, MappedBytes = RoundUp(capacity + Margin) + Memory.PageSize };
            byte* buffer;
            if (_apart < MostApart && Memory.Map(block.MappedBytes) is var mapping and > 0)
            {
                block.Mapping = (nint)mapping;
                byte* guard = (byte*)mapping + block.MappedBytes - Memory.PageSize;
                if (Memory.Forbid(guard, Memory.PageSize) != 0)
                {
                    Environment.FailFast("cannot guard a buffer");
                }

                buffer = guard - Margin - capacity;
                new Span<byte>(buffer, capacity + Margin).Fill(Unwritten);
                _apart++;
            }
            else
            {
                buffer = capacity <= SlabAllocator.Largest ? slabs.TryRent(capacity) : mapped.TryRent(capacity, 0);
                if (buffer == null)
                {
                    return null;
                }
            }

            if (!_out.TryAdd((nint)buffer, block))
            {
                Environment.FailFast("a buffer is handed out twice: " + Show(buffer, capacity));
            }

            return buffer;
        }
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte* buffer, int capacity)
    {
        lock (_lock)
        {
            if (!_out.Remove((nint)buffer, out CheckedBuffer block) || block.Capacity != capacity)
            {
                Environment.FailFast("a buffer is given back twice, or with another capacity: " + Show(buffer, capacity));
            }

            if (block.Mapping == 0)
            {
                new Span<byte>(buffer, capacity).Fill(0xDB);
                if (capacity <= SlabAllocator.Largest)
                {
                    slabs.Return(buffer, capacity);
                }
                else
                {
                    mapped.Return(buffer);
                }

                return;
            }

            if (new Span<byte>(buffer + capacity, Margin).IndexOfAnyExcept(Unwritten) >= 0)
            {
                Environment.FailFast("a buffer was written past its end: " + Show(buffer, capacity));
            }

            _ = Memory.Discard((void*)block.Mapping, block.MappedBytes);
            _ = Memory.Forbid((void*)block.Mapping, block.MappedBytes);
            _quarantine.Enqueue(block);
            _apart--;
            if (_quarantine.Count > MostQuarantined)
            {
                CheckedBuffer oldest = _quarantine.Dequeue();
                _ = Memory.Unmap((void*)oldest.Mapping, oldest.MappedBytes);
            }
        }
    }

    private static int RoundUp(int bytes) => (bytes + Memory.PageSize - 1) & -Memory.PageSize;

    private static string Show(byte* buffer, int capacity) => "0x" + ((nint)buffer).ToString("x") + ", " + capacity + " bytes";

    private struct CheckedBuffer
    {
        public nint Mapping;
        public int MappedBytes;
        public int Capacity;
    }
}
#endif
