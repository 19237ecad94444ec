namespace Epollsrv.Protocol.Resp;

/// <summary>A subscriber of a channel: its session and the place of the subscription there.</summary>
internal readonly struct ChannelMember
{
    /// <summary>Names a member.</summary>
    public ChannelMember(RespSession session, int slot)
    {
        Session = session;
        Slot = slot;
    }

    /// <summary>The subscriber.</summary>
    public RespSession Session { get; }

    /// <summary>Which of its subscriptions.</summary>
    public int Slot { get; }
}
