using System;
using System.Runtime.InteropServices;

using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Share;

/// <summary>
/// Hashes of files by inode, size and times, in native memory of bounded size: the identities of the 32,768 files used last, and the
/// lists of pieces of those used last, 4 MB of them. Not for two threads at a time.
/// </summary>
internal sealed unsafe class HashCache
{
    /// <summary>Most bytes of all lists together, and so of one: 128 GB of files.</summary>
    public const long MostListBytes = 4 << 20;

    // A file's record is one of the eight of its set.
    private const int Sets = 4096;
    private const int Ways = 8;

    private readonly HashRecord* _records;
    private long _clock;

    /// <summary>Reserves the memory; pages are touched as they are used.</summary>
    public HashCache()
    {
        long address = Memory.Map((long)Sets * Ways * sizeof(HashRecord));
        if (address < 0)
        {
            throw new OutOfMemoryException("cannot map memory for file hashes: " + Errno.Describe((int)address));
        }

        _records = (HashRecord*)address;
    }

    /// <summary>Bytes of all lists.</summary>
    public long ListBytes { get; private set; }

    /// <summary>Identities that are known.</summary>
    public int Count { get; private set; }

    /// <summary>The record of a file with this status, or null. Valid until the next <see cref="Add"/>.</summary>
    public HashRecord* Find(in FileStatus status)
    {
        HashRecord* set = SetOf(status.Device, status.Inode);
        for (int i = 0; i < Ways; i++)
        {
            if (set[i].IsOf(status))
            {
                set[i].Used = ++_clock;
                return set + i;
            }
        }

        return null;
    }

    /// <summary>Adds what was found out, instead of what was known of the same
    /// inode, or of the file of its set that was used least recently.</summary>
    /// <param name="status">The file.</param>
    /// <param name="identity">Its identity.</param>
    /// <param name="list">From <see cref="NativeMemory.Alloc(nuint)"/>;
    /// belongs to the cache from now on. Null: too long to be kept.</param>
    public void Add(in FileStatus status, in SharedIdentity identity, byte* list)
    {
        HashRecord* set = SetOf(status.Device, status.Inode);
        HashRecord* record = set;
        for (int i = 0; i < Ways; i++)
        {
            if (set[i].Used != 0 && set[i].Status.Inode == status.Inode && set[i].Status.Device == status.Device)
            {
                record = set + i;
                break;
            }

            record = set[i].Used < record->Used ? set + i : record;
        }

        Count += record->Used == 0 ? 1 : 0;
        DropList(record);
        *record = new HashRecord
        {
            Status = status,
            Used = ++_clock,
            Identity = identity,
            List = list,
        };
        ListBytes += list == null ? 0 : record->ListBytes;
        while (ListBytes > MostListBytes)
        {
            DropOldestList();
        }
    }

    // Rare, as lists are short: a walk over all records.
    private void DropOldestList()
    {
        HashRecord* oldest = null;
        for (int i = 0; i < Sets * Ways; i++)
        {
            if (_records[i].List != null && (oldest == null || _records[i].Used < oldest->Used))
            {
                oldest = _records + i;
            }
        }

        DropList(oldest);
    }

    private void DropList(HashRecord* record)
    {
        if (record->List != null)
        {
            ListBytes -= record->ListBytes;
            NativeMemory.Free(record->List);
            record->List = null;
        }
    }

    private HashRecord* SetOf(ulong device, ulong inode)
    {
        ulong hash = (inode ^ (device * 0x9E37_79B9_7F4A_7C15)) * 0xD6E8_FEB8_6659_FD93;
        return _records + ((long)(hash >> 52) * Ways);
    }
}
