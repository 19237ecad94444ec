namespace Epollsrv.Protocol.Resp;

/// <summary>A channel that a walk holds (<see cref="ChannelTable.Pin"/>), with its subscriber
/// when it has one only: most have, and then the lock is not needed again.</summary>
internal unsafe struct PinnedChannel
{
    /// <summary>The channel. Its name stays until the walk goes on.</summary>
    public Channel* Channel;

    /// <summary>Whether the walk ends with it.</summary>
    public bool IsLast;

    /// <summary>Subscribers it had.</summary>
    public int Count;

    /// <summary>The first of them.</summary>
    public Receiver Only;
}
