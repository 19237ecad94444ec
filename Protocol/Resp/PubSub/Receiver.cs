namespace Epollsrv.Protocol.Resp;

/// <summary>Where a message goes: a connection, and which of its subscriptions it is for.</summary>
internal readonly struct Receiver
{
    /// <summary>Names a receiver.</summary>
    public Receiver(ulong token, int subscription, int session)
    {
        Token = token;
        Subscription = subscription;
        Session = session;
    }

    /// <summary>The connection.</summary>
    public ulong Token { get; }

    /// <summary>See <see cref="SubscriptionSet.IsCurrent"/>: a message for a subscription that ended meanwhile is dropped.</summary>
    public int Subscription { get; }

    /// <summary>The connection's place in <see cref="RespSessionTable"/>.</summary>
    public int Session { get; }
}
