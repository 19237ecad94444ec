using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>SUBSCRIBE, UNSUBSCRIBE and their likes for patterns and shard channels.</summary>
internal static unsafe class SubscribeCommands
{
    /// <summary>SUBSCRIBE channel [channel …].</summary>
    public static void Subscribe(CommandContext call) => Subscribe(call, ChannelKind.Channel);

    /// <summary>PSUBSCRIBE pattern [pattern …].</summary>
    public static void PSubscribe(CommandContext call) => Subscribe(call, ChannelKind.Pattern);

    /// <summary>SSUBSCRIBE shardchannel [shardchannel …].</summary>
    public static void SSubscribe(CommandContext call)
    {
        if (call.Access.InTransaction)
        {
            call.ReplyError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"u8);
            return;
        }

        Subscribe(call, ChannelKind.Shard);
    }

    /// <summary>UNSUBSCRIBE [channel …].</summary>
    public static void Unsubscribe(CommandContext call) => Unsubscribe(call, ChannelKind.Channel, "unsubscribe"u8);

    /// <summary>PUNSUBSCRIBE [pattern …].</summary>
    public static void PUnsubscribe(CommandContext call) => Unsubscribe(call, ChannelKind.Pattern, "punsubscribe"u8);

    /// <summary>SUNSUBSCRIBE [shardchannel …].</summary>
    public static void SUnsubscribe(CommandContext call) => Unsubscribe(call, ChannelKind.Shard, "sunsubscribe"u8);

    private static void Subscribe(CommandContext call, ChannelKind kind)
    {
        if (call.Count > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        // Confirmations are messages: they come while replies are off too (CLIENT REPLY).
        bool muted = call.Thread.Output.IsMuted;
        if (muted)
        {
            call.Thread.Output.Unmute();
        }

        SubscribeAll(call, kind);
        if (muted)
        {
            call.Thread.Output.Mute();
        }
    }

    private static void Unsubscribe(CommandContext call, ChannelKind kind, ReadOnlySpan<byte> label)
    {
        int subscriptions = call.ExistingSession == null ? 0 : call.ExistingSession->Subscriptions.Total;
        if ((call.Count == 1 ? subscriptions : call.Count) > CommandContext.ManyKeys && call.DeferLong())
        {
            return;
        }

        bool muted = call.Thread.Output.IsMuted;
        if (muted)
        {
            call.Thread.Output.Unmute();
        }

        UnsubscribeGiven(call, kind, label);
        if (muted)
        {
            call.Thread.Output.Mute();
        }
    }

    private static void SubscribeAll(CommandContext call, ChannelKind kind)
    {
        RespSession* session = call.Session;
        for (int i = 1; i < call.Count; i++)
        {
            ReadOnlySpan<byte> name = call.Arguments[i].Span;
            if (kind == ChannelKind.Pattern && Glob.IsTooLong(name))
            {
                call.ReplyPatternTooLong();
                return;
            }

            if (!call.Resp.PubSub.Subscribe(call, session, kind, name, call.HashOf(call.Arguments + i)))
            {
                call.ReplyError(session->Subscriptions.Allows(name.Length)
                    ? RespSession.NoRoom : "ERR a connection may have at most 1048575 subscriptions with 64mb of names"u8);
                return;
            }

            call.Connection->Flags |= RespFlags.Subscribed;
            Confirm(call, call.Command->Name, name, CountFor(session, kind));
        }
    }

    private static void UnsubscribeGiven(CommandContext call, ChannelKind kind, ReadOnlySpan<byte> label)
    {
        RespSession* session = call.ExistingSession;
        if (call.Count > 1)
        {
            for (int i = 1; i < call.Count; i++)
            {
                ReadOnlySpan<byte> name = call.Arguments[i].Span;
                if (session != null)
                {
                    call.Resp.PubSub.Unsubscribe(call, session, kind, name, call.HashOf(call.Arguments + i));
                }

                Confirm(call, label, name, CountFor(session, kind));
            }
        }
        else if (session == null || session->Subscriptions.Count(kind) == 0)
        {
            call.Reply.Push(3);
            call.Reply.Bulk(label);
            call.Reply.Null();
            call.Reply.Integer(CountFor(session, kind));
        }
        else
        {
            UnsubscribeAll(call, session, kind, label);
        }

        if (session != null && session->Subscriptions.Total == 0)
        {
            call.Connection->Flags &= ~RespFlags.Subscribed;
        }
    }

    private static void UnsubscribeAll(CommandContext call, RespSession* session, ChannelKind kind, ReadOnlySpan<byte> label)
    {
        for (int slot = 0; slot < session->Subscriptions.Used; slot++)
        {
            Channel* channel = session->Subscriptions.At(slot);
            if (channel != null && channel->Kind == kind)
            {
                // Before, because the name goes with the last subscriber.
                Confirm(call, label, Channel.Name(channel), CountFor(session, kind) - 1);
                call.Resp.PubSub.Unsubscribe(call, session, slot);
            }
        }
    }

    // Shard channels are counted by themselves.
    private static int CountFor(RespSession* session, ChannelKind kind)
        => session == null ? 0
            : kind == ChannelKind.Shard ? session->Subscriptions.Count(ChannelKind.Shard)
            : session->Subscriptions.Count(ChannelKind.Channel) + session->Subscriptions.Count(ChannelKind.Pattern);

    private static void Confirm(CommandContext call, ReadOnlySpan<byte> label, ReadOnlySpan<byte> name, int count)
    {
        call.Reply.Push(3);
        call.Reply.Bulk(label);
        call.Reply.Bulk(name);
        call.Reply.Integer(count);
    }
}
