using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The epoll descriptor and the three ways of re-arming. <see cref="Arm"/> is for a connection's owner, the rest for the loop.
/// </summary>
internal sealed unsafe class Poller(int descriptor, RearmWay way, ReplyGate gate)
{
    private const uint Base = Epoll.In | Epoll.ReadHangUp;


    /// <summary>The epoll descriptor.</summary>
    public int EpollDescriptor { get; } = descriptor;

    /// <summary>Registers an accepted connection. 0 or −errno.</summary>
    public int Register(int descriptor, ulong token)
    {
        uint trigger = way == RearmWay.Edge ? Epoll.EdgeTriggered : way == RearmWay.OneShot ? Epoll.OneShot : 0;
        return Epoll.AddDescriptor(EpollDescriptor, descriptor, Base | trigger, token);
    }

    /// <summary>First hook: an event was received and is about to be dispatched. Only the delete way has something to do; a one-shot
    /// descriptor was disarmed by the kernel.</summary>
    public void Disarm(ConnectionSlot* slot)
    {
        if (way == RearmWay.Delete)
        {
            _ = Epoll.DeleteDescriptor(EpollDescriptor, slot->Descriptor);
        }
    }

    /// <summary>Second hook: the owner is about to give the connection up.</summary>
    /// <returns>False when the kernel refused (no memory, or its limit of watches): no event would ever come, so it must be
    /// closed.</returns>
    public bool Arm(ConnectionSlot* slot, ulong token)
    {
        if (way == RearmWay.Edge)
        {
            if (slot->OutputHead == null || (slot->Flags & ConnectionFlags.OutputArmed) != 0 || gate.Holds(slot))
            {
                return true;
            }

            // Once per connection that ever had to wait: the kernel looks again when the mask changes, so no edge is lost.
            slot->Flags |= ConnectionFlags.OutputArmed;
            return Epoll.ModifyDescriptor(EpollDescriptor, slot->Descriptor, Base | Epoll.Out | Epoll.EdgeTriggered, token) == 0;
        }

        uint events = Interest(slot);
        if (way == RearmWay.OneShot)
        {
            // MOD, never ADD: a disarmed descriptor is still registered and ADD answers EEXIST (docs/EPOLL.md).
            return Epoll.ModifyDescriptor(EpollDescriptor, slot->Descriptor, events | Epoll.OneShot, token) == 0;
        }

        int result = Epoll.AddDescriptor(EpollDescriptor, slot->Descriptor, events, token);
        if (result == -Errno.Exists)
        {
            // Scheduled by a message or a deadline: nothing had taken it out. ENOENT when the loop does so just now: the event
            // it has received brings the owner back here.
            result = Epoll.ModifyDescriptor(EpollDescriptor, slot->Descriptor, events, token);
        }

        return result is 0 or -Errno.NoEntry;
    }

    // Level-triggered ways must not ask for what nobody will take away, or the loop would spin.
    private uint Interest(ConnectionSlot* slot)
    {
        bool reading = (slot->Flags & (ConnectionFlags.InputEnded | ConnectionFlags.ReadDeferred | ConnectionFlags.Paused)) == 0;
        bool writing = slot->OutputHead != null && (slot->Flags & ConnectionFlags.Paced) == 0 && !gate.Holds(slot);
        return (reading ? Base : 0) | (writing ? Epoll.Out : 0);
    }
}
