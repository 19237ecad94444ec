using System;
using System.Threading;

namespace Epollsrv.Protocol.Cs;

/// <summary>Registrations, each in the list of its name and of its holder,
/// and what is written from these. Under the table's lock.</summary>
internal sealed unsafe class RegistrationLists
{
    private const Registration.Kind EndOfLine = Registration.Kind.NewLine | Registration.Kind.Return;

    private readonly RegistrationIndex _index;
    private readonly LeaseQueue _leases;
    private int _count;

    /// <summary>Lists of what an index finds.</summary>
    public RegistrationLists(RegistrationIndex index, LeaseQueue leases)
    {
        _index = index;
        _leases = leases;
    }

    /// <summary>Registrations. Who reads 0 finds none; any other number is read in passing.</summary>
    public int Count => Volatile.Read(ref _count); // pairs with the writes in Add and Remove

    /// <summary>Names. In passing.</summary>
    public int Names { get; private set; }

    /// <summary>Registrations that are leases. In passing.</summary>
    public int Leases { get; private set; }

    /// <summary>Adds one, or changes what is there. False: there is no room.</summary>
    public bool Add(ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> holder, Registration.Kind kind, long now)
    {
        ulong holderHash = _index.Hash(holder);
        uint nameBlock = _index.FindName(hash, name);
        uint holderBlock = _index.FindHolder(holderHash, holder);
        uint block = nameBlock == 0 || holderBlock == 0 ? 0 : _index.FindRegistration(nameBlock, holderBlock);
        if (block != 0)
        {
            Change(block, kind, now);
            return true;
        }

        if (nameBlock != 0 && _index.Name(nameBlock)->Whole + _index.Name(nameBlock)->Partial >= RegistrationTable.MostHoldersOfName)
        {
            return false;
        }

        bool newName = nameBlock == 0;
        bool newHolder = holderBlock == 0;
        nameBlock = newName ? _index.AddName(hash, name) : nameBlock;
        holderBlock = newHolder && nameBlock != 0 ? _index.AddHolder(holderHash, holder) : holderBlock;
        block = nameBlock == 0 || holderBlock == 0 ? 0 : _index.AddRegistration(nameBlock, holderBlock, kind);
        if (block != 0)
        {
            Names += newName ? 1 : 0;
            Volatile.Write(ref _count, _count + 1); // pairs with the read in Count
            Link(block, now);
            return true;
        }

        // No room: what was added for nothing goes.
        if (newName && nameBlock != 0)
        {
            _index.RemoveName(nameBlock);
        }

        if (newHolder && holderBlock != 0)
        {
            _index.RemoveHolder(holderBlock);
        }

        return false;
    }

    /// <summary>A registration; 0: there is none.</summary>
    public uint Find(ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> holder)
    {
        uint nameBlock = _index.FindName(hash, name);
        uint holderBlock = nameBlock == 0 ? 0 : _index.FindHolder(_index.Hash(holder), holder);
        return holderBlock == 0 ? 0 : _index.FindRegistration(nameBlock, holderBlock);
    }

    /// <summary>Removes one, and its name and holder when it was their last.</summary>
    public void Remove(uint block)
    {
        uint name = _index.Registration(block)->Name;
        uint holder = _index.Registration(block)->Holder;
        UnlinkFromName(block);
        UnlinkFromHolder(block);
        _index.RemoveRegistration(block);
        Volatile.Write(ref _count, _count - 1); // pairs with the read in Count
        if (_index.Name(name)->First == 0)
        {
            _index.RemoveName(name);
            Names--;
        }

        if (_index.Holder(holder)->First == 0)
        {
            _index.RemoveHolder(holder);
        }
    }

    // A registration that is there was made again: for good wins over a lease, the whole over a part.
    private void Change(uint block, Registration.Kind kind, long now)
    {
        Registration* registration = _index.Registration(block);
        bool completed = Is(block, Registration.Kind.Partial) && (kind & Registration.Kind.Partial) == 0;
        bool permanent = Is(block, Registration.Kind.Lease) && (kind & Registration.Kind.Lease) == 0;
        if (completed)
        {
            // From now on it is listed, behind those that are.
            UnlinkFromName(block);
            registration->Flags = (registration->Flags & Registration.Kind.Lease) | (kind & EndOfLine);
            LinkToName(block);
        }

        if (permanent)
        {
            UnlinkFromHolder(block);
            registration->Flags &= ~Registration.Kind.Lease;
            LinkToHolder(block);
        }

        if ((kind & Registration.Kind.Lease) != 0 && _index.Holder(registration->Holder)->Leases > 0)
        {
            _leases.Renew(registration->Holder, now);
        }
    }

    /// <summary>See <see cref="RegistrationTable.Write"/>.</summary>
    public int WriteValue(uint name, Span<byte> target)
    {
        int length = 0;
        for (uint block = name == 0 ? 0 : _index.Name(name)->First; block != 0; block = _index.Registration(block)->NextOfName)
        {
            if (Is(block, Registration.Kind.Partial))
            {
                continue;
            }

            ReadOnlySpan<byte> holder = RegisteredHolder.Text(_index.Holder(_index.Registration(block)->Holder));
            ReadOnlySpan<byte> end = Is(block, Registration.Kind.Return) ? "\r\n"u8
                : Is(block, Registration.Kind.NewLine) ? "\n"u8 : default;
            int start = length == 0 ? 0 : length + 1;
            if (start + holder.Length > target.Length)
            {
                break;
            }

            if (start > 0)
            {
                target[length] = (byte)' ';
            }

            holder.CopyTo(target[start..]);
            length = start + holder.Length;

            // The newline of the last one only where there is room for it.
            if (length + end.Length > target.Length)
            {
                break;
            }

            end.CopyTo(target[length..]);
            length += end.Length;
        }

        return length;
    }

    /// <summary>See <see cref="RegistrationTable.WriteLines"/>.</summary>
    public int WriteLines(uint name, bool partial, bool onlyLeases, Span<byte> target)
    {
        ReadOnlySpan<byte> end = partial ? " partial\n"u8 : "\n"u8;
        int length = 0;
        for (uint block = name == 0 ? 0 : _index.Name(name)->First; block != 0; block = _index.Registration(block)->NextOfName)
        {
            ReadOnlySpan<byte> holder = RegisteredHolder.Text(_index.Holder(_index.Registration(block)->Holder));
            if (Is(block, Registration.Kind.Partial) == partial && (!onlyLeases || Is(block, Registration.Kind.Lease))
                && holder.Length + end.Length <= target.Length - length)
            {
                holder.CopyTo(target[length..]);
                end.CopyTo(target[(length + holder.Length)..]);
                length += holder.Length + end.Length;
            }
        }

        return length;
    }

    // Puts a new registration behind the others of its name and among those of its holder.
    private void Link(uint block, long now)
    {
        LinkToName(block);
        LinkToHolder(block);
        if (Is(block, Registration.Kind.Lease))
        {
            _leases.Renew(_index.Registration(block)->Holder, now);
        }
    }

    private bool Is(uint block, Registration.Kind kind) => (_index.Registration(block)->Flags & kind) != 0;

    private void LinkToName(uint block)
    {
        Registration* registration = _index.Registration(block);
        RegisteredName* name = _index.Name(registration->Name);
        registration->PreviousOfName = name->Last;
        registration->NextOfName = 0;
        NextOfName(name, name->Last) = block;
        name->Last = block;
        CountOf(name, block)++;
    }

    private void UnlinkFromName(uint block)
    {
        Registration* registration = _index.Registration(block);
        RegisteredName* name = _index.Name(registration->Name);
        NextOfName(name, registration->PreviousOfName) = registration->NextOfName;
        (registration->NextOfName == 0 ? ref name->Last : ref _index.Registration(registration->NextOfName)->PreviousOfName)
            = registration->PreviousOfName;
        CountOf(name, block)--;
    }

    // What points at the registration behind a block; 0: at the first.
    private ref uint NextOfName(RegisteredName* name, uint block)
        => ref block == 0 ? ref name->First : ref _index.Registration(block)->NextOfName;

    private ref uint NextOfHolder(RegisteredHolder* holder, uint block)
        => ref block == 0 ? ref holder->First : ref _index.Registration(block)->NextOfHolder;

    // What points at the registration before a block; 0: at the last.
    private ref uint PreviousOfHolder(RegisteredHolder* holder, uint block)
        => ref block == 0 ? ref holder->Last : ref _index.Registration(block)->PreviousOfHolder;

    private ref ushort CountOf(RegisteredName* name, uint block)
        => ref Is(block, Registration.Kind.Partial) ? ref name->Partial : ref name->Whole;

    // A lease in front, so that those that end are found at once; others at the end.
    private void LinkToHolder(uint block)
    {
        Registration* registration = _index.Registration(block);
        RegisteredHolder* holder = _index.Holder(registration->Holder);
        bool lease = Is(block, Registration.Kind.Lease);
        registration->PreviousOfHolder = lease ? 0 : holder->Last;
        registration->NextOfHolder = lease ? holder->First : 0;
        NextOfHolder(holder, registration->PreviousOfHolder) = block;
        PreviousOfHolder(holder, registration->NextOfHolder) = block;
        holder->Leases += lease ? 1 : 0;
        Leases += lease ? 1 : 0;
    }

    private void UnlinkFromHolder(uint block)
    {
        Registration* registration = _index.Registration(block);
        RegisteredHolder* holder = _index.Holder(registration->Holder);
        NextOfHolder(holder, registration->PreviousOfHolder) = registration->NextOfHolder;
        PreviousOfHolder(holder, registration->NextOfHolder) = registration->PreviousOfHolder;
        if (Is(block, Registration.Kind.Lease))
        {
            Leases--;
            holder->Leases--;
            if (holder->Leases == 0)
            {
                _leases.Remove(registration->Holder);
            }
        }
    }
}
