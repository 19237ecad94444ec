namespace Epollsrv.Engine;

/// <summary>How a descriptor is kept from two threads at once (option --rearm). The state word guards all three.</summary>
internal enum RearmWay
{
    /// <summary>Registered once, edge-triggered; nothing to re-arm.</summary>
    Edge,

    /// <summary>EPOLLONESHOT: the kernel disarms with each event, EPOLL_CTL_MOD arms again.</summary>
    OneShot,

    /// <summary>The C program's way: EPOLL_CTL_DEL when dispatched, EPOLL_CTL_ADD when done.</summary>
    Delete,
}
