using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Epollsrv.Store;

// WATCH: a short list of watched keys per partition. While it is empty a write pays one load and one branch.
internal unsafe partial struct Partition
{
    /// <summary>Raises the flags of those who watch a key that is about to change or has changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void NoteChange(Entry* entry, ulong hash)
    {
        if (_watchCount != 0 && _silent == 0)
        {
            NoteWatchedChange(entry, hash);
        }
    }

    /// <summary>Whether changes are kept from those who watch. Set back before the lock is given back.</summary>
    internal void SetSilent(bool silent) => _silent = silent ? 1 : 0;

    /// <summary>Adds a watch of a key. The flag must stay valid until <see cref="Unwatch"/>.</summary>
    internal void Watch(byte* key, int keyLength, ulong hash, int* dirty)
    {
        for (int index = 0; index < _watchCount; index++)
        {
            if (_watches[index].Dirty == dirty && IsKey(_watches + index, key, keyLength, hash))
            {
                return;
            }
        }

        if (_watchCount == _watchCapacity)
        {
            _watchCapacity = Math.Max(8, _watchCapacity * 2);
            _watches = (WatchedKey*)NativeMemory.Realloc(_watches, (nuint)_watchCapacity * (nuint)sizeof(WatchedKey));
        }

        WatchedKey* added = _watches + _watchCount++;
        added->Hash = hash;
        added->Dirty = dirty;
        added->KeyLength = keyLength;
        added->Key = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, keyLength));
        Buffer.MemoryCopy(key, added->Key, keyLength, keyLength);
    }

    /// <summary>Removes all watches that raise this flag.</summary>
    internal void Unwatch(int* dirty)
    {
        for (int index = _watchCount - 1; index >= 0; index--)
        {
            if (_watches[index].Dirty == dirty)
            {
                NativeMemory.Free(_watches[index].Key);
                _watches[index] = _watches[--_watchCount];
            }
        }

        if (_watchCount == 0)
        {
            FreeWatches();
        }
    }

    /// <summary>The next watch with this flag from <paramref name="index"/> on, or null; moves the index behind it.</summary>
    internal WatchedKey* NextWatch(int* dirty, ref int index)
    {
        while (index < _watchCount)
        {
            WatchedKey* watched = _watches + index++;
            if (watched->Dirty == dirty)
            {
                return watched;
            }
        }

        return null;
    }

    private static bool IsKey(WatchedKey* watched, byte* key, int keyLength, ulong hash) =>
        watched->Hash == hash && watched->KeyLength == keyLength
            && new ReadOnlySpan<byte>(watched->Key, keyLength).SequenceEqual(new ReadOnlySpan<byte>(key, keyLength));

    private void NoteWatchedChange(Entry* entry, ulong hash)
    {
        for (int index = 0; index < _watchCount; index++)
        {
            if (IsKey(_watches + index, entry->KeyPointer, entry->KeyLength, hash))
            {
                // Read by the watching connection's worker inside EXEC, under this partition's lock.
                Volatile.Write(ref *_watches[index].Dirty, 1);
            }
        }
    }

    private void FreeWatches()
    {
        for (int index = 0; index < _watchCount; index++)
        {
            NativeMemory.Free(_watches[index].Key);
        }

        NativeMemory.Free(_watches);
        _watches = null;
        _watchCount = 0;
        _watchCapacity = 0;
    }
}
