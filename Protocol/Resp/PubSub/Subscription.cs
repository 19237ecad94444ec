namespace Epollsrv.Protocol.Resp;

/// <summary>A place in a <see cref="SubscriptionSet"/>, and a bucket of its hash table. Places are named by their number and one.</summary>
internal unsafe struct Subscription
{
    /// <summary>What is subscribed to; null: the place is free.</summary>
    public Channel* Channel;

    /// <summary>The place among the channel's subscribers. Only under the hub's lock.</summary>
    public int Position;

    /// <summary>The next place in the same bucket, or the next free one; 0: none.</summary>
    public int Next;

    /// <summary>How often the place was given up, so that late messages are recognised.</summary>
    public int Uses;

    /// <summary>The first place in the bucket that has this place's number; 0: none.</summary>
    public int First;
}
