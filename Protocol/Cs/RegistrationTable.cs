using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// Who has which file: what CS calls the value of a key when it is a list of holders (docs/PROTOCOL.md). Beside the store: RESP and HTTP do
/// not see it, and neither flushing nor eviction touches it. A registration is for good or a lease, of a whole file or of a part. Any
/// thread; every operation takes the same time whatever the table holds, but for each holder that it names or lists. Native memory, up to
/// a limit.
/// </summary>
internal sealed unsafe class RegistrationTable
{
    public const int MostHoldersOfName = 1024;

    private readonly RegistrationHeap _heap;
    private readonly RegistrationIndex _index;
    private readonly RegistrationLists _lists;
    private readonly LeaseQueue _leases;

    /// <summary>An empty table.</summary>
    /// <param name="limit">Most bytes it may take (--max-registrations).</param>
    public RegistrationTable(long limit)
    {
        _heap = new RegistrationHeap(limit);
        _index = new RegistrationIndex(_heap);
        _leases = new LeaseQueue(_index);
        _lists = new RegistrationLists(_index, _leases);
    }

    /// <summary>Registrations. Who reads 0 finds none; any other number is read in passing.</summary>
    public int Count => _lists.Count;

    /// <summary>Names. In passing.</summary>
    public int Names => _lists.Names;

    /// <summary>Registrations that are leases. In passing.</summary>
    public int Leases => _lists.Leases;

    /// <summary>Holders that have leases. In passing.</summary>
    public int LeaseHolders => _leases.Count;

    /// <summary>Leases that ended because they were not renewed. In passing.</summary>
    public long Expired { get; private set; }

    /// <summary>Renewals of all leases of a holder. In passing.</summary>
    public long Renewals { get; private set; }

    /// <summary>Bytes of all of it. In passing.</summary>
    public long InUse => _heap.InUse;

    /// <summary>Nanoseconds between two renewals (--lease-interval). Set before the node runs.</summary>
    public long Interval
    {
        get => _leases.Interval;
        set => _leases.Interval = value;
    }

    /// <summary>Registers holders of a name, each behind those that are there; who is there already stays where it is.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="holders">A list (<see cref="HolderList.IsList"/>).</param>
    /// <param name="kind">Lease, Partial or both; newlines come from the list. For good wins over a lease, the whole over a part.</param>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <returns>False: there is no room for all of them, or the name has <see cref="MostHoldersOfName"/>.</returns>
    public bool Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> holders, Registration.Kind kind, long now)
    {
        Span<byte> text = stackalloc byte[CsFrame.MaximumValue];
        ulong hash = _index.Hash(name);
        bool done = true;
        int position = 0;
        Acquire();
        while (done && HolderList.Next(holders, ref position, out Range host, out Range port))
        {
            Registration.Kind end = HolderList.NewLineAt(holders, position);
            done = _lists.Add(hash, name, HolderList.Join(holders[host], holders[port], text), kind | end, now);
        }

        Release();
        return done;
    }

    /// <summary>Renews all leases of a holder.</summary>
    /// <returns>False when it has none: it has to register everything again.</returns>
    public bool Renew(ReadOnlySpan<byte> holder, long now)
    {
        Span<byte> text = stackalloc byte[CsFrame.MaximumValue];
        int position = 0;
        bool known = false;
        Acquire();
        if (HolderList.Next(holder, ref position, out Range host, out Range port))
        {
            ReadOnlySpan<byte> one = HolderList.Join(holder[host], holder[port], text);
            uint block = _index.FindHolder(_index.Hash(one), one);
            known = block != 0 && _index.Holder(block)->Leases > 0;
            if (known)
            {
                _leases.Renew(block, now);
                Renewals++;
            }
        }

        Release();
        return known;
    }

    /// <summary>Withdraws holders of a name.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="holders">A list of them.</param>
    /// <param name="onlyPartial">Only registrations of a part.</param>
    /// <returns>Whether one of them was there.</returns>
    public bool Remove(ReadOnlySpan<byte> name, ReadOnlySpan<byte> holders, bool onlyPartial = false)
    {
        Span<byte> text = stackalloc byte[CsFrame.MaximumValue];
        ulong hash = _index.Hash(name);
        bool found = false;
        int position = 0;
        Acquire();
        while (HolderList.Next(holders, ref position, out Range host, out Range port))
        {
            uint block = _lists.Find(hash, name, HolderList.Join(holders[host], holders[port], text));
            if (block != 0 && (!onlyPartial || (_index.Registration(block)->Flags & Registration.Kind.Partial) != 0))
            {
                _lists.Remove(block);
                found = true;
            }
        }

        Release();
        return found;
    }

    /// <summary>Withdraws all that have the whole file.</summary>
    /// <returns>Whether there was one.</returns>
    public bool RemoveAll(ReadOnlySpan<byte> name)
    {
        bool found = false;
        ulong hash = _index.Hash(name);
        Acquire();
        uint block = _index.FindName(hash, name);
        for (uint next = block == 0 ? 0 : _index.Name(block)->First; next != 0;)
        {
            uint one = next;
            next = _index.Registration(one)->NextOfName;
            if ((_index.Registration(one)->Flags & Registration.Kind.Partial) == 0)
            {
                _lists.Remove(one);
                found = true;
            }
        }

        Release();
        return found;
    }

    /// <summary>How many have the whole file.</summary>
    public int CountOf(ReadOnlySpan<byte> name)
    {
        ulong hash = _index.Hash(name);
        Acquire();
        uint block = _index.FindName(hash, name);
        int count = block == 0 ? 0 : _index.Name(block)->Whole;
        Release();
        return count;
    }

    /// <summary>
    /// Writes those that have the whole file as a value: joined by one space, each with its newline if it was registered with one; as many
    /// whole ones as fit.
    /// </summary>
    /// <returns>Bytes written; 0: there is none.</returns>
    public int Write(ReadOnlySpan<byte> name, Span<byte> target)
    {
        ulong hash = _index.Hash(name);
        Acquire();
        int length = _lists.WriteValue(_index.FindName(hash, name), target);
        Release();
        return length;
    }

    /// <summary>Writes holders of a name, one a line, as many whole ones as fit.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="partial">Those that have a part, each with the word "partial" behind the port; else those that have all of it.</param>
    /// <param name="onlyLeases">Only those whose registration is a lease.</param>
    /// <param name="target">Where to.</param>
    /// <returns>Bytes written.</returns>
    public int WriteLines(ReadOnlySpan<byte> name, bool partial, bool onlyLeases, Span<byte> target)
    {
        ulong hash = _index.Hash(name);
        Acquire();
        int length = _lists.WriteLines(_index.FindName(hash, name), partial, onlyLeases, target);
        Release();
        return length;
    }

    /// <summary>
    /// Reads one name after the other. What is registered or withdrawn meanwhile may be missed; everything else is read once.
    /// </summary>
    /// <param name="name">The name read last; receives the next. 255 bytes.</param>
    /// <param name="nameLength">Its length; −1 to begin.</param>
    /// <param name="lines">Receives holders as <see cref="WriteLines"/> writes them, whole ones first.</param>
    /// <param name="linesLength">Bytes of them.</param>
    /// <param name="holders">How many there are in all.</param>
    /// <returns>False after the last.</returns>
    public bool TryReadNext(Span<byte> name, ref int nameLength, Span<byte> lines, out int linesLength, out int holders)
    {
        linesLength = holders = 0;
        Acquire();
        uint block = _index.NextName(name[..Math.Max(0, nameLength)], nameLength < 0);
        if (block != 0)
        {
            RegisteredName* next = _index.Name(block);
            nameLength = next->Length;
            RegisteredName.Text(next).CopyTo(name);
            holders = next->Whole + next->Partial;
            linesLength = _lists.WriteLines(block, partial: false, onlyLeases: false, lines);
            linesLength += _lists.WriteLines(block, partial: true, onlyLeases: false, lines[linesLength..]);
        }

        Release();
        return block != 0;
    }

    /// <summary>When the first lease ends. A node that was stopped for long gives its holders that time: it did not hear them.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <returns>Nanoseconds until then, 0 when it is over; −1: there is none.</returns>
    public long UntilNextEnd(long now)
    {
        Acquire();
        long left = _leases.UntilNext(now);
        Release();
        return left;
    }

    /// <summary>Ends some leases that were not renewed, if there are any.</summary>
    /// <returns>How many.</returns>
    public int EndSome(long now, int most)
    {
        int ended = 0;
        Acquire();
        uint holder;
        while (ended < most && (holder = _leases.FirstEnded(now)) != 0)
        {
            // Leases stand in front of those that are for good.
            _lists.Remove(_index.Holder(holder)->First);
            ended++;
        }

        Expired += ended;
        Release();
        return ended;
    }

    private void Acquire() => PartitionLock.Acquire(_heap.Lock);

    private void Release() => PartitionLock.Release(_heap.Lock);
}
