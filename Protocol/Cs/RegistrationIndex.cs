using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <summary>
/// Finds names, holders and registrations in a <see cref="RegistrationHeap"/>: three tables of chains, by hashes with a secret of their
/// own, so that nobody chooses what meets in one chain, and the order of a walk tells nothing of the store's hash. Under the table's lock.
/// </summary>
internal sealed unsafe class RegistrationIndex
{
    private readonly RegistrationHeap _heap;
    private readonly KeyHash _hash = new(RandomBytes.Next(), RandomBytes.Next());
    private readonly ulong _pairs = RandomBytes.Next() | 1;
    private readonly uint* _names;
    private readonly uint* _holders;
    private readonly uint* _registrations;

    public RegistrationIndex(RegistrationHeap heap)
    {
        _heap = heap;
        _names = heap.Index(0);
        _holders = heap.Index(1);
        _registrations = heap.Index(2);
    }

    /// <summary>The hash of a name or a holder.</summary>
    public ulong Hash(ReadOnlySpan<byte> text)
    {
        fixed (byte* bytes = text)
        {
            return _hash.Compute(bytes, text.Length);
        }
    }

    public RegisteredName* Name(uint block) => (RegisteredName*)_heap.At(block);

    public RegisteredHolder* Holder(uint block) => (RegisteredHolder*)_heap.At(block);

    public Registration* Registration(uint block) => (Registration*)_heap.At(block);

    /// <summary>Finds a name; 0: it is not there.</summary>
    public uint FindName(ulong hash, ReadOnlySpan<byte> text)
    {
        uint block = *LinkToName(hash, text, passEqual: false);
        return block != 0 && RegisteredName.Text(Name(block)).SequenceEqual(text) ? block : 0;
    }

    /// <summary>Adds a name that is not there; 0: there is no room.</summary>
    public uint AddName(ulong hash, ReadOnlySpan<byte> text)
    {
        uint block = _heap.Take(RegisteredName.SizeFor(text.Length));
        if (block != 0)
        {
            uint* link = LinkToName(hash, text, passEqual: false);
            RegisteredName* name = Name(block);
            *name = new RegisteredName { Hash = hash, Next = *link, Length = text.Length };
            text.CopyTo(RegisteredName.Text(name));
            *link = block;
        }

        return block;
    }

    public void RemoveName(uint block)
    {
        RegisteredName* name = Name(block);
        *LinkToName(name->Hash, RegisteredName.Text(name), passEqual: false) = name->Next;
        _heap.Return(block, RegisteredName.SizeFor(name->Length));
    }

    /// <summary>The name behind another in the order of a walk over all; 0: it was the last.</summary>
    /// <param name="after">A name, there or not.</param>
    /// <param name="first">Instead: the first of all.</param>
    public uint NextName(ReadOnlySpan<byte> after, bool first)
    {
        ulong hash = first ? 0 : Hash(after);
        uint block = first ? 0 : *LinkToName(hash, after, passEqual: true);
        for (uint bucket = first ? 0 : Bucket(hash) + 1; block == 0 && bucket < _heap.Buckets; bucket++)
        {
            block = _names[bucket];
        }

        return block;
    }

    /// <summary>Finds a holder; 0: it is not there.</summary>
    public uint FindHolder(ulong hash, ReadOnlySpan<byte> text)
    {
        uint block = _holders[Bucket(hash)];
        while (block != 0 && !RegisteredHolder.Text(Holder(block)).SequenceEqual(text))
        {
            block = Holder(block)->Next;
        }

        return block;
    }

    /// <summary>Adds a holder that is not there; 0: there is no room.</summary>
    public uint AddHolder(ulong hash, ReadOnlySpan<byte> text)
    {
        uint block = _heap.Take(RegisteredHolder.SizeFor(text.Length));
        if (block != 0)
        {
            uint* bucket = _holders + Bucket(hash);
            RegisteredHolder* holder = Holder(block);
            *holder = new RegisteredHolder { Hash = hash, Next = *bucket, Length = text.Length };
            text.CopyTo(RegisteredHolder.Text(holder));
            *bucket = block;
        }

        return block;
    }

    public void RemoveHolder(uint block)
    {
        RegisteredHolder* holder = Holder(block);
        uint* link = _holders + Bucket(holder->Hash);
        while (*link != block)
        {
            link = &Holder(*link)->Next;
        }

        *link = holder->Next;
        _heap.Return(block, RegisteredHolder.SizeFor(holder->Length));
    }

    /// <summary>Finds the registration of a name for a holder; 0: there is none.</summary>
    public uint FindRegistration(uint name, uint holder)
    {
        uint block = *BucketOf(name, holder);
        while (block != 0 && (Registration(block)->Name != name || Registration(block)->Holder != holder))
        {
            block = Registration(block)->NextOfBucket;
        }

        return block;
    }

    /// <summary>Adds a registration that is not there, in no list yet; 0: there is no room.</summary>
    public uint AddRegistration(uint name, uint holder, Registration.Kind kind)
    {
        uint block = _heap.Take(sizeof(Registration));
        if (block != 0)
        {
            uint* bucket = BucketOf(name, holder);
            *Registration(block) = new Registration { Name = name, Holder = holder, Flags = kind, NextOfBucket = *bucket };
            *bucket = block;
        }

        return block;
    }

    /// <summary>Removes a registration that is in no list any more.</summary>
    public void RemoveRegistration(uint block)
    {
        Registration* registration = Registration(block);
        uint* link = BucketOf(registration->Name, registration->Holder);
        while (*link != block)
        {
            link = &Registration(*link)->NextOfBucket;
        }

        *link = registration->NextOfBucket;
        _heap.Return(block, sizeof(Registration));
    }

    // The upper bits: those are the well-mixed ones of a product.
    private uint Bucket(ulong hash) => (uint)(hash >> 32) & (_heap.Buckets - 1);

    private uint* BucketOf(uint name, uint holder)
        => _registrations + Bucket((((ulong)name << 32) ^ (holder * 0x9E3779B97F4A7C15)) * _pairs);

    // The link to the first name of the bucket that is not before the text; with passEqual: that is behind it.
    private uint* LinkToName(ulong hash, ReadOnlySpan<byte> text, bool passEqual)
    {
        uint* link = _names + Bucket(hash);
        while (*link != 0)
        {
            int order = RegisteredName.Text(Name(*link)).SequenceCompareTo(text);
            if (order > 0 || (order == 0 && !passEqual))
            {
                break;
            }

            link = &Name(*link)->Next;
        }

        return link;
    }
}
