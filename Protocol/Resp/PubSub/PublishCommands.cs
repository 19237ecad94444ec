using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>PUBLISH, SPUBLISH, and PUBSUB with its subcommands.</summary>
internal static unsafe class PublishCommands
{
    private const int FewChannels = 16;

    /// <summary>PUBLISH channel message.</summary>
    public static void Publish(CommandContext call) => Publish(call, ChannelKind.Channel);

    /// <summary>SPUBLISH shardchannel message.</summary>
    public static void SPublish(CommandContext call) => Publish(call, ChannelKind.Shard);

    /// <summary>PUBSUB CHANNELS [pattern].</summary>
    public static void Channels(CommandContext call) => Channels(call, ChannelKind.Channel);

    /// <summary>PUBSUB SHARDCHANNELS [pattern].</summary>
    public static void ShardChannels(CommandContext call) => Channels(call, ChannelKind.Shard);

    /// <summary>PUBSUB NUMSUB [channel …].</summary>
    public static void NumSub(CommandContext call) => CountSubscribers(call, ChannelKind.Channel);

    /// <summary>PUBSUB SHARDNUMSUB [shardchannel …].</summary>
    public static void ShardNumSub(CommandContext call) => CountSubscribers(call, ChannelKind.Shard);

    /// <summary>PUBSUB NUMPAT.</summary>
    public static void NumPat(CommandContext call) => call.Reply.Integer(call.Node.PubSub.Count(ChannelKind.Pattern));

    /// <summary>PUBSUB HELP.</summary>
    public static void Help(CommandContext call)
    {
        call.Reply.Array(14);
        call.Reply.Simple("PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"u8);
        call.Reply.Simple("CHANNELS [<pattern>]"u8);
        call.Reply.Simple("    Return the currently active channels matching a <pattern> (default: '*')."u8);
        call.Reply.Simple("NUMPAT"u8);
        call.Reply.Simple("    Return number of subscriptions to patterns."u8);
        call.Reply.Simple("NUMSUB [<channel> ...]"u8);
        call.Reply.Simple("    Return the number of subscribers for the specified channels, excluding"u8);
        call.Reply.Simple("    pattern subscriptions(default: no channels)."u8);
        call.Reply.Simple("SHARDCHANNELS [<pattern>]"u8);
        call.Reply.Simple("    Return the currently active shard level channels matching a <pattern> (default: '*')."u8);
        call.Reply.Simple("SHARDNUMSUB [<shardchannel> ...]"u8);
        call.Reply.Simple("    Return the number of subscribers for the specified shard level channel(s)"u8);
        call.Reply.Simple("HELP"u8);
        call.Reply.Simple("    Prints this help."u8);
    }

    private static void Publish(CommandContext call, ChannelKind kind)
    {
        long count = call.Node.PubSub.Publish(call, kind, call.Arguments[1].Span, call.Arguments[2].Span);
        if (count >= 0)
        {
            call.Reply.Integer(count);
        }
    }

    private static void Channels(CommandContext call, ChannelKind kind)
    {
        if (call.Count > 3)
        {
            call.ReplyWrongSubcommand("'. Try PUBSUB HELP."u8);
            return;
        }

        // A long list is a worker's work, and comparing names of any length with a pattern.
        if (call.Node.PubSub.Count(kind) > (call.Count == 3 ? FewChannels : CommandContext.ManyKeys) && call.DeferLong())
        {
            return;
        }

        if (call.Count == 3 && Glob.IsTooLong(call.Arguments[2].Span))
        {
            call.ReplyPatternTooLong();
            return;
        }

        ReplyBuffer buffer = default;
        Span<PinnedChannel> pinned = stackalloc PinnedChannel[64];
        int found = 0;
        while ((found = call.Node.PubSub.Pin(call, kind, default, pinned, found)) != 0)
        {
            foreach (ref PinnedChannel pin in pinned[..found])
            {
                Channel* channel = pin.Channel;
                if (pin.Count != 0 && (call.Count == 2 || Glob.Matches(call.Arguments[2].Data, call.Arguments[2].Length, Channel.NameOf(channel), channel->NameLength)))
                {
                    buffer.AddBulk(Channel.NameOf(channel), channel->NameLength);
                }
            }
        }

        call.Reply.Array(buffer.Count);
        buffer.Send(call.Turn);
    }

    private static void CountSubscribers(CommandContext call, ChannelKind kind)
    {
        call.Reply.Array(2 * (call.Count - 2));
        for (int i = 2; i < call.Count; i++)
        {
            call.Reply.Bulk(call.Arguments[i].Span);
            call.Reply.Integer(call.Node.PubSub.CountSubscribers(kind, call.Arguments[i].Span, PubSubHub.HashOf(call, call.Arguments[i].Span)));
        }
    }
}
