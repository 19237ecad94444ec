using System;

namespace Epollsrv.Protocol.Cs;

/// <content>The end of leases that nobody renews.</content>
internal sealed unsafe partial class LeaseTable
{
    // The holders' part of a look at all names is short; of entries so many at a time.
    private const int EntriesPerLook = 4096;

    private long _lastLook;

    // Where the walk over the entries is. For the one job there is at a time.
    private int _cursor;

    /// <summary>Says when the first lease ends. A node that was stopped for long gives its holders that time: it has not heard them meanwhile.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <returns>Nanoseconds until then, 0 when it is over; −1: there is no holder.</returns>
    public long UntilNext(long now)
    {
        lock (_lock)
        {
            long gap = _lastLook == 0 ? 0 : now - _lastLook;
            long first = long.MaxValue;
            _lastLook = now;
            for (int i = 0; i < MostHolders; i++)
            {
                if (_holders[i] is not null)
                {
                    _deadlines[i] += gap > 2 * Interval ? gap : 0;
                    first = Math.Min(first, _deadlines[i]);
                }
            }

            _lastLook = first == long.MaxValue ? 0 : now;
            return first == long.MaxValue ? -1 : Math.Max(0, first - now);
        }
    }

    /// <summary>Finds a lease that has ended, and leaves it where it is. For the job.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <param name="name">Receives the name, 255 bytes.</param>
    /// <param name="nameLength">Its length; 0 when none was found in this step.</param>
    /// <param name="holder">Receives the holder, 255 bytes.</param>
    /// <param name="holderLength">Its length.</param>
    /// <returns>False after the last entry: holders without leases that were not renewed are then forgotten too.</returns>
    public bool NextExpired(long now, Span<byte> name, out int nameLength, Span<byte> holder, out int holderLength)
    {
        nameLength = holderLength = 0;
        lock (_lock)
        {
            for (int i = 0; i < EntriesPerLook && _cursor < _used; i++)
            {
                LeaseEntry* entry = _entries + _cursor++;
                if (entry->Name != null && _deadlines[entry->Holder] <= now)
                {
                    nameLength = entry->NameLength;
                    new ReadOnlySpan<byte>(entry->Name, nameLength).CopyTo(name);
                    holderLength = _holders[entry->Holder]!.Length;
                    _holders[entry->Holder].CopyTo(holder);
                    return true;
                }
            }

            if (_cursor < _used)
            {
                return true;
            }

            _cursor = 0;
            for (int i = 0; i < MostHolders; i++)
            {
                if (_holders[i] is not null && _counts[i] == 0 && _deadlines[i] <= now)
                {
                    _holders[i] = null;
                    Holders--;
                }
            }

            return false;
        }
    }

    /// <summary>Ends a lease, if it still is one that was not renewed. The caller holds the name's partition.</summary>
    /// <returns>Whether the holder has to be taken out of the key's value.</returns>
    public bool End(ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> holder, long now)
    {
        lock (_lock)
        {
            int number = NumberOf(holder, add: false);
            if (number < 0 || _deadlines[number] > now)
            {
                return false;
            }

            for (int* link = First(hash); link != null && *link != 0; link = &_entries[*link - 1].Next)
            {
                LeaseEntry* entry = _entries + *link - 1;
                if (entry->Holder == number && Is(entry, name))
                {
                    bool listed = !entry->IsPartial;
                    Free(link);
                    Expired++;
                    return listed;
                }
            }

            return false;
        }
    }
}
