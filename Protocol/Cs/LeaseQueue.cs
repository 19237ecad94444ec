using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>The holders that have leases, in the order in which these end. Who calls holds the table's lock.</summary>
internal sealed unsafe class LeaseQueue
{
    private const int Missed = 3;

    private readonly RegistrationIndex _index;
    private uint _soonest;
    private uint _latest;
    private long _lastLook;

    // What all deadlines were moved on by, because the node itself was stopped.
    private long _extension;

    public LeaseQueue(RegistrationIndex index) => _index = index;

    /// <summary>Nanoseconds between two renewals.</summary>
    public long Interval { get; set; } = 10_000_000_000;

    /// <summary>How many holders. In passing.</summary>
    public int Count { get; private set; }

    /// <summary>A holder's leases end in three intervals from now.</summary>
    public void Renew(uint block, long now)
    {
        // While there is no holder nobody looks at the time.
        _lastLook = Count == 0 ? 0 : _lastLook;
        Remove(block);
        RegisteredHolder* holder = _index.Holder(block);
        holder->Deadline = now + (Missed * Interval) - _extension;
        holder->Sooner = _latest;
        (_latest == 0 ? ref _soonest : ref _index.Holder(_latest)->Later) = block;
        _latest = block;
        Count++;
    }

    /// <summary>A holder has no leases any more.</summary>
    public void Remove(uint block)
    {
        RegisteredHolder* holder = _index.Holder(block);
        if (holder->Sooner == 0 && _soonest != block)
        {
            return;
        }

        (holder->Sooner == 0 ? ref _soonest : ref _index.Holder(holder->Sooner)->Later) = holder->Later;
        (holder->Later == 0 ? ref _latest : ref _index.Holder(holder->Later)->Sooner) = holder->Sooner;
        holder->Sooner = holder->Later = 0;
        Count--;
    }

    /// <summary>A holder whose leases have ended; 0: there is none.</summary>
    public uint FirstEnded(long now) => _soonest != 0 && _index.Holder(_soonest)->Deadline + _extension <= now ? _soonest : 0;

    /// <summary>See <see cref="RegistrationTable.UntilNextEnd"/>.</summary>
    public long UntilNext(long now)
    {
        long gap = _lastLook == 0 ? 0 : now - _lastLook;
        _extension += gap > 2 * Interval ? gap : 0;
        _lastLook = _soonest == 0 ? 0 : now;
        return _soonest == 0 ? -1 : Math.Max(0, _index.Holder(_soonest)->Deadline + _extension - now);
    }
}
