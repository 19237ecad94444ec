namespace Epollsrv.Protocol.Resp;

/// <summary>What a subscription is to. Numbers index <see cref="PubSubHub"/>'s tables.</summary>
internal enum ChannelKind
{
    /// <summary>A channel (SUBSCRIBE).</summary>
    Channel,

    /// <summary>All channels whose names match (PSUBSCRIBE).</summary>
    Pattern,

    /// <summary>A shard channel (SSUBSCRIBE).</summary>
    Shard,
}
