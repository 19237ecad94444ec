using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// Who registered what as a lease: registrations of nodes of ours, which end when they are not renewed (docs/PROTOCOL.md). Beside the store,
/// so that CS GET knows nothing of it. Any thread; whoever changes a key's value and its leases together holds the key's partition while
/// it calls here, never the other way round.
/// </summary>
internal sealed unsafe partial class LeaseTable
{
    /// <summary>Most holders, and most bytes of all entries: what comes beyond is registered for good, or refused when it is partial.</summary>
    public const int MostHolders = 1024;

    private const long MostBytes = 12 << 20;
    private const int Buckets = 1 << 16;
    private const int Missed = 3;

    // What the C library adds to a name.
    private const int BlockBytes = 16;

    private readonly object _lock = new();
    private readonly byte[]?[] _holders = new byte[MostHolders][];
    private readonly long[] _deadlines = new long[MostHolders];
    private readonly int[] _counts = new int[MostHolders];
    private int* _buckets;
    private LeaseEntry* _entries;
    private int _capacity;
    private int _used;
    private int _free;
    private long _bytes;

    /// <summary>Nanoseconds between two renewals (--lease-interval). Set before the node runs.</summary>
    public long Interval { get; set; } = 10_000_000_000;

    /// <summary>Leases. Read in passing: who must know for certain holds the key's partition.</summary>
    public int Count { get; private set; }

    /// <summary>Holders that are known. In passing.</summary>
    public int Holders { get; private set; }

    /// <summary>Leases that ended because they were not renewed. In passing.</summary>
    public long Expired { get; private set; }

    /// <summary>Adds a lease and renews its holder's.</summary>
    /// <param name="hash">The name's hash, keyed with the process's secret, here and below: nobody can choose names that meet in one bucket.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="holder">"ADDRESS PORT".</param>
    /// <param name="partial">The holder has only a part; one that has all of it stays one that has.</param>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <returns>False when there is no room.</returns>
    public bool Add(ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> holder, bool partial, long now)
    {
        lock (_lock)
        {
            int number = NumberOf(holder, add: true);
            if (number < 0)
            {
                return false;
            }

            _deadlines[number] = now + (Missed * Interval);
            LeaseEntry* entry = Find(hash, name, number);
            if (entry != null)
            {
                entry->IsPartial &= partial;
                return true;
            }

            entry = _bytes + name.Length + BlockBytes + sizeof(LeaseEntry) <= MostBytes ? Take(hash, name) : null;
            if (entry == null)
            {
                return false;
            }

            entry->Holder = number;
            entry->IsPartial = partial;
            _counts[number]++;
            return true;
        }
    }

    /// <summary>Whether a holder has a lease on a name.</summary>
    public bool Has(ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> holder)
    {
        lock (_lock)
        {
            int number = NumberOf(holder, add: false);
            return number >= 0 && Find(hash, name, number) != null;
        }
    }

    /// <summary>Renews all leases of a holder.</summary>
    /// <returns>False when it is not known: it has to register everything again.</returns>
    public bool Renew(ReadOnlySpan<byte> holder, long now)
    {
        lock (_lock)
        {
            int number = NumberOf(holder, add: false);
            if (number >= 0)
            {
                _deadlines[number] = now + (Missed * Interval);
            }

            return number >= 0;
        }
    }

    /// <summary>Takes leases of a name away: the holders were withdrawn, or have registered for good.</summary>
    /// <param name="hash">The name's.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="holders">A list of them; empty: all that have the whole file.</param>
    /// <param name="onlyPartial">Only leases on a part.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> holders, bool onlyPartial = false)
    {
        bool found = false;
        lock (_lock)
        {
            for (int* link = First(hash); link != null && *link != 0;)
            {
                LeaseEntry* entry = _entries + *link - 1;
                bool wanted = Is(entry, name) && (holders.IsEmpty ? !entry->IsPartial
                    : (entry->IsPartial || !onlyPartial) && HolderList.ContainsAll(holders, _holders[entry->Holder]));
                if (wanted)
                {
                    Free(link);
                    found = true;
                }
                else
                {
                    link = &entry->Next;
                }
            }
        }

        return found;
    }

    /// <summary>Writes the holders that have a lease on a name, as many whole ones as fit.</summary>
    /// <param name="hash">The name's.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="partial">Those that have a part, each with the word "partial" and a newline; else those that have all of it, each with a newline.</param>
    /// <param name="target">Where to.</param>
    /// <returns>Bytes written.</returns>
    public int List(ulong hash, ReadOnlySpan<byte> name, bool partial, Span<byte> target)
    {
        ReadOnlySpan<byte> end = partial ? " partial\n"u8 : "\n"u8;
        int length = 0;
        lock (_lock)
        {
            for (int* link = First(hash); link != null && *link != 0; link = &_entries[*link - 1].Next)
            {
                LeaseEntry* entry = _entries + *link - 1;
                if (Is(entry, name) && entry->IsPartial == partial)
                {
                    ReadOnlySpan<byte> holder = _holders[entry->Holder];
                    if (holder.Length + end.Length <= target.Length - length)
                    {
                        holder.CopyTo(target[length..]);
                        end.CopyTo(target[(length + holder.Length)..]);
                        length += holder.Length + end.Length;
                    }
                }
            }
        }

        return length;
    }

    private int NumberOf(ReadOnlySpan<byte> holder, bool add)
    {
        int free = -1;
        for (int i = 0; i < MostHolders; i++)
        {
            byte[]? known = _holders[i];
            if (known is null)
            {
                free = free < 0 ? i : free;
            }
            else if (holder.SequenceEqual(known))
            {
                return i;
            }
        }

        if (!add || free < 0)
        {
            return -1;
        }

        // While there is no holder nobody looks at the time.
        _lastLook = Holders == 0 ? 0 : _lastLook;
        _holders[free] = holder.ToArray();
        Holders++;
        return free;
    }

    private LeaseEntry* Find(ulong hash, ReadOnlySpan<byte> name, int holder)
    {
        for (int* link = First(hash); link != null && *link != 0; link = &_entries[*link - 1].Next)
        {
            LeaseEntry* entry = _entries + *link - 1;
            if (entry->Holder == holder && Is(entry, name))
            {
                return entry;
            }
        }

        return null;
    }

    // The link to the first entry of the name's bucket; null while there is no table.
    private int* First(ulong hash) => _buckets == null ? null : _buckets + (int)(hash % Buckets);

    private static bool Is(LeaseEntry* entry, ReadOnlySpan<byte> name) => name.SequenceEqual(new ReadOnlySpan<byte>(entry->Name, entry->NameLength));

    // A new entry of a name, linked.
    private LeaseEntry* Take(ulong hash, ReadOnlySpan<byte> name)
    {
        if (_buckets == null)
        {
            _buckets = (int*)NativeMemory.AllocZeroed(Buckets, sizeof(int));
        }

        if (_free == 0 && _used == _capacity)
        {
            _capacity = Math.Max(64, 2 * _capacity);
            _entries = (LeaseEntry*)NativeMemory.Realloc(_entries, (nuint)_capacity * (nuint)sizeof(LeaseEntry));
        }

        int number = _free != 0 ? _free : ++_used;
        LeaseEntry* entry = _entries + number - 1;
        _free = _free != 0 ? entry->Next : 0;
        entry->Name = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, name.Length));
        entry->NameLength = name.Length;
        name.CopyTo(new Span<byte>(entry->Name, name.Length));
        int* first = First(hash);
        entry->Next = *first;
        *first = number;
        _bytes += name.Length + BlockBytes + sizeof(LeaseEntry);
        Count++;
        return entry;
    }

    // Takes the entry out that a link leads to; the link then leads to the one behind it.
    private void Free(int* link)
    {
        int number = *link;
        LeaseEntry* entry = _entries + number - 1;
        *link = entry->Next;
        _counts[entry->Holder]--;
        _bytes -= entry->NameLength + BlockBytes + sizeof(LeaseEntry);
        NativeMemory.Free(entry->Name);
        entry->Name = null;
        entry->Next = _free;
        _free = number;
        Count--;
    }
}
