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
    public static void NumPat(CommandContext call) => call.Reply.Integer(call.Resp.PubSub.Count(ChannelKind.Pattern));

    /// <summary>PUBSUB HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        CHANNELS [<pattern>]
            Return the currently active channels matching a <pattern> (default: '*').
        NUMPAT
            Return number of subscriptions to patterns.
        NUMSUB [<channel> ...]
            Return the number of subscribers for the specified channels, excluding
            pattern subscriptions(default: no channels).
        SHARDCHANNELS [<pattern>]
            Return the currently active shard level channels matching a <pattern> (default: '*').
        SHARDNUMSUB [<shardchannel> ...]
            Return the number of subscribers for the specified shard level channel(s)
        HELP
            Prints this help.
        """u8);

    private static void Publish(CommandContext call, ChannelKind kind)
    {
        long count = MessagePublisher.Publish(call, kind, call.Arguments[1].Span, call.Arguments[2].Span);
        if (count >= 0)
        {
            if (call.Resp.Replicas.Count != 0)
            {
                TellReplicas(call);
            }

            call.Reply.Integer(count);
        }
    }

    // A message is not kept, and takes the place in the stream that it has by chance.
    private static void TellReplicas(CommandContext call)
    {
        ReplyBuffer command = default;
        command.Add((byte)'*', call.Count);
        for (int i = 0; i < call.Count; i++)
        {
            command.AddBulk(call.Arguments[i].Data, call.Arguments[i].Length);
        }

        _ = call.Resp.Feed!.Add(command.Span, mayBeLeftOut: true);
        command.Free();
    }

    private static void Channels(CommandContext call, ChannelKind kind)
    {
        if (call.Count > 3)
        {
            call.ReplyWrongSubcommand("'. Try PUBSUB HELP."u8);
            return;
        }

        // A long list is a worker's work, and comparing names of any length with a pattern.
        if (call.Resp.PubSub.Count(kind) > (call.Count == 3 ? FewChannels : CommandContext.ManyKeys) && call.DeferLong())
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
        try
        {
            while ((found = call.Resp.PubSub.Pin(call, kind, default, pinned, found)) != 0)
            {
                AddNames(ref buffer, pinned[..found], call.Count == 2 ? null : call.Arguments + 2);
            }
        }
        finally
        {
            // When memory runs out, some are still pinned.
            call.Resp.PubSub.Unpin(call, kind, pinned[..found]);
        }

        call.Reply.Array(buffer.Count);
        buffer.Send(call.Thread);
    }

    private static void AddNames(ref ReplyBuffer buffer, ReadOnlySpan<PinnedChannel> pinned, Argument* pattern)
    {
        foreach (PinnedChannel pin in pinned)
        {
            byte* name = Channel.NameOf(pin.Channel);
            int length = pin.Channel->NameLength;
            if (pin.Count != 0 && (pattern == null || Glob.Matches(pattern->Data, pattern->Length, name, length)))
            {
                buffer.AddBulk(name, length);
            }
        }
    }

    private static void CountSubscribers(CommandContext call, ChannelKind kind)
    {
        call.Reply.Array(2 * (call.Count - 2));
        for (int i = 2; i < call.Count; i++)
        {
            call.Reply.Bulk(call.Arguments[i].Span);
            call.Reply.Integer(call.Resp.PubSub.CountSubscribers(kind, call.Arguments[i].Span, call.HashOf(call.Arguments + i)));
        }
    }
}
