using System.Numerics;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <content>Buffers above 8 KB: mappings of their own; of each size up to 1 MB a few are kept for the next user.</content>
internal sealed unsafe partial class BufferPool
{
    private const int CachedPerSize = 2;
    private const int MappedShift = 14;
    private const int MappedClasses = 7;

    private byte* RentMapped(int capacity)
    {
        int index = BitOperations.Log2((uint)capacity) - MappedShift;
        if (index < MappedClasses)
        {
            _lock.Enter();
            byte* cached = _cachedCount[index] > 0 ? _cached[(index * CachedPerSize) + --_cachedCount[index]] : null;
            _lock.Exit();
            if (cached != null)
            {
                return cached;
            }
        }

        return NativeRegion.Reserve(capacity);
    }

    private void ReturnMapped(byte* buffer, int capacity)
    {
        int index = BitOperations.Log2((uint)capacity) - MappedShift;
        if (index < MappedClasses)
        {
            _lock.Enter();
            bool kept = _cachedCount[index] < CachedPerSize;
            if (kept)
            {
                _cached[(index * CachedPerSize) + _cachedCount[index]++] = buffer;
            }

            _lock.Exit();
            if (kept)
            {
                return;
            }
        }

        _ = Memory.Unmap(buffer, capacity);
    }
}
