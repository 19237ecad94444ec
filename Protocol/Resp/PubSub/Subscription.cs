namespace Epollsrv.Protocol.Resp;

/// <summary>A place in a <see cref="SubscriptionSet"/>.</summary>
internal struct Subscription
{
    /// <summary>What is subscribed to; null: the place is free.</summary>
    public Channel? Channel;

    /// <summary>The place in <see cref="Resp.Channel"/>'s list of subscribers. Only under the hub's lock.</summary>
    public int Position;

    /// <summary>The next place in the same bucket, or the next free one; −1: none.</summary>
    public int Next;

    /// <summary>How often the place was given up, so that late messages are recognised.</summary>
    public int Uses;
}
