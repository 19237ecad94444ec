namespace Epollsrv.Protocol.Resp;

/// <summary>PUBLISH, SPUBLISH, and PUBSUB with its subcommands.</summary>
internal static unsafe class PublishCommands
{
    /// <summary>PUBLISH channel message.</summary>
    public static void Publish(RespCall call) => Publish(call, ChannelKind.Channel);

    /// <summary>SPUBLISH shardchannel message.</summary>
    public static void SPublish(RespCall call) => Publish(call, ChannelKind.Shard);

    /// <summary>PUBSUB CHANNELS [pattern].</summary>
    public static void Channels(RespCall call) => Channels(call, ChannelKind.Channel);

    /// <summary>PUBSUB SHARDCHANNELS [pattern].</summary>
    public static void ShardChannels(RespCall call) => Channels(call, ChannelKind.Shard);

    /// <summary>PUBSUB NUMSUB [channel …].</summary>
    public static void NumSub(RespCall call) => CountSubscribers(call, ChannelKind.Channel);

    /// <summary>PUBSUB SHARDNUMSUB [shardchannel …].</summary>
    public static void ShardNumSub(RespCall call) => CountSubscribers(call, ChannelKind.Shard);

    /// <summary>PUBSUB NUMPAT.</summary>
    public static void NumPat(RespCall call) => call.ReplyInteger(call.Node.PubSub.Count(ChannelKind.Pattern));

    /// <summary>PUBSUB HELP.</summary>
    public static void Help(RespCall call)
    {
        call.ReplyArray(14);
        call.ReplySimple("PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"u8);
        call.ReplySimple("CHANNELS [<pattern>]"u8);
        call.ReplySimple("    Return the currently active channels matching a <pattern> (default: '*')."u8);
        call.ReplySimple("NUMPAT"u8);
        call.ReplySimple("    Return number of subscriptions to patterns."u8);
        call.ReplySimple("NUMSUB [<channel> ...]"u8);
        call.ReplySimple("    Return the number of subscribers for the specified channels, excluding"u8);
        call.ReplySimple("    pattern subscriptions(default: no channels)."u8);
        call.ReplySimple("SHARDCHANNELS [<pattern>]"u8);
        call.ReplySimple("    Return the currently active shard level channels matching a <pattern> (default: '*')."u8);
        call.ReplySimple("SHARDNUMSUB [<shardchannel> ...]"u8);
        call.ReplySimple("    Return the number of subscribers for the specified shard level channel(s)"u8);
        call.ReplySimple("HELP"u8);
        call.ReplySimple("    Prints this help."u8);
    }

    private static void Publish(RespCall call, ChannelKind kind)
    {
        long count = call.Node.PubSub.Publish(call, kind, call.Arguments[1].Span, call.Arguments[2].Span);
        if (count >= 0)
        {
            call.ReplyInteger(count);
        }
    }

    private static void Channels(RespCall call, ChannelKind kind)
    {
        if (call.Count > 3)
        {
            call.ReplyWrongSubcommand("'. Try PUBSUB HELP."u8);
            return;
        }

        // A long list is a worker's work.
        if (call.Node.PubSub.Count(kind) > RespCall.ManyKeys && call.DeferLong())
        {
            return;
        }

        byte[][] names = call.Node.PubSub.Names(kind);
        int count = 0;
        foreach (byte[] name in names)
        {
            fixed (byte* text = name)
            {
                if (call.Count == 2 || Glob.Matches(call.Arguments[2].Data, call.Arguments[2].Length, text, name.Length))
                {
                    names[count++] = name;
                }
            }
        }

        call.ReplyArray(count);
        for (int i = 0; i < count; i++)
        {
            call.ReplyBulk(names[i]);
        }
    }

    private static void CountSubscribers(RespCall call, ChannelKind kind)
    {
        call.ReplyArray(2 * (call.Count - 2));
        for (int i = 2; i < call.Count; i++)
        {
            call.ReplyBulk(call.Arguments[i].Span);
            call.ReplyInteger(call.Node.PubSub.CountSubscribers(kind, call.Arguments[i].Span, PubSubHub.HashOf(call, call.Arguments[i].Span)));
        }
    }
}
