namespace Epollsrv.Native;

/// <summary>struct pollfd.</summary>
internal struct PollEntry
{
    /// <summary>POLLIN.</summary>
    public const short In = 1;

    /// <summary>POLLOUT.</summary>
    public const short Out = 4;

    /// <summary>POLLRDHUP: the peer has ended its sending.</summary>
    public const short ReadHangUp = 0x2000;

    /// <summary>POLLERR | POLLHUP | POLLNVAL: the descriptor is of no more use.</summary>
    public const short Failed = 8 | 16 | 32;

    /// <summary>The descriptor; negative entries are ignored by the kernel.</summary>
    public int Descriptor;

    /// <summary>What to wait for.</summary>
    public short Events;

    /// <summary>What happened.</summary>
    public short Returned;
}
