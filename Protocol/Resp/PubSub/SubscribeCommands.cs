using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>SUBSCRIBE, UNSUBSCRIBE and their likes for patterns and shard channels.</summary>
internal static unsafe class SubscribeCommands
{
    /// <summary>SUBSCRIBE channel [channel …].</summary>
    public static void Subscribe(RespCall call) => Subscribe(call, ChannelKind.Channel);

    /// <summary>PSUBSCRIBE pattern [pattern …].</summary>
    public static void PSubscribe(RespCall call) => Subscribe(call, ChannelKind.Pattern);

    /// <summary>SSUBSCRIBE shardchannel [shardchannel …].</summary>
    public static void SSubscribe(RespCall call)
    {
        if (call.Access.InTransaction)
        {
            call.ReplyError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"u8);
            return;
        }

        Subscribe(call, ChannelKind.Shard);
    }

    /// <summary>UNSUBSCRIBE [channel …].</summary>
    public static void Unsubscribe(RespCall call) => Unsubscribe(call, ChannelKind.Channel, "unsubscribe"u8);

    /// <summary>PUNSUBSCRIBE [pattern …].</summary>
    public static void PUnsubscribe(RespCall call) => Unsubscribe(call, ChannelKind.Pattern, "punsubscribe"u8);

    /// <summary>SUNSUBSCRIBE [shardchannel …].</summary>
    public static void SUnsubscribe(RespCall call) => Unsubscribe(call, ChannelKind.Shard, "sunsubscribe"u8);

    private static void Subscribe(RespCall call, ChannelKind kind)
    {
        // Confirmations are messages: they come while replies are off too (CLIENT REPLY).
        bool muted = call.Turn.IsMuted;
        if (muted)
        {
            call.Turn.Unmute();
        }

        SubscribeAll(call, kind);
        if (muted)
        {
            call.Turn.Mute();
        }
    }

    private static void Unsubscribe(RespCall call, ChannelKind kind, ReadOnlySpan<byte> label)
    {
        bool muted = call.Turn.IsMuted;
        if (muted)
        {
            call.Turn.Unmute();
        }

        UnsubscribeGiven(call, kind, label);
        if (muted)
        {
            call.Turn.Mute();
        }
    }

    private static void SubscribeAll(RespCall call, ChannelKind kind)
    {
        RespSession session = call.Session;
        for (int i = 1; i < call.Count; i++)
        {
            ReadOnlySpan<byte> name = call.Arguments[i].Span;
            if (!call.Node.PubSub.Subscribe(session, kind, name, PubSubHub.HashOf(call, name)))
            {
                call.ReplyError("ERR a connection may have at most 1048575 subscriptions with 64mb of names"u8);
                return;
            }

            call.Connection->Flags |= RespFlags.Subscribed;
            Confirm(call, call.Command->Name, name, CountFor(session, kind));
        }
    }

    private static void UnsubscribeGiven(RespCall call, ChannelKind kind, ReadOnlySpan<byte> label)
    {
        RespSession? session = call.ExistingSession;
        if (call.Count > 1)
        {
            for (int i = 1; i < call.Count; i++)
            {
                ReadOnlySpan<byte> name = call.Arguments[i].Span;
                if (session is not null)
                {
                    call.Node.PubSub.Unsubscribe(session, kind, name, PubSubHub.HashOf(call, name));
                }

                Confirm(call, label, name, CountFor(session, kind));
            }
        }
        else if (session is null || session.Subscriptions.Count(kind) == 0)
        {
            call.ReplyPush(3);
            call.ReplyBulk(label);
            call.ReplyNull();
            call.ReplyInteger(CountFor(session, kind));
        }
        else
        {
            UnsubscribeAll(call, session, kind, label);
        }

        if (session is not null && session.Subscriptions.Total == 0)
        {
            call.Connection->Flags &= ~RespFlags.Subscribed;
        }
    }

    private static void UnsubscribeAll(RespCall call, RespSession session, ChannelKind kind, ReadOnlySpan<byte> label)
    {
        for (int slot = 0; slot < session.Subscriptions.Used; slot++)
        {
            if (session.Subscriptions.At(slot) is { } channel && channel.Kind == kind)
            {
                call.Node.PubSub.Unsubscribe(session, slot);
                Confirm(call, label, channel.Name, CountFor(session, kind));
            }
        }
    }

    // Shard channels are counted by themselves.
    private static int CountFor(RespSession? session, ChannelKind kind)
        => session is null ? 0
            : kind == ChannelKind.Shard ? session.Subscriptions.Count(ChannelKind.Shard)
            : session.Subscriptions.Count(ChannelKind.Channel) + session.Subscriptions.Count(ChannelKind.Pattern);

    private static void Confirm(RespCall call, ReadOnlySpan<byte> label, ReadOnlySpan<byte> name, int count)
    {
        call.ReplyPush(3);
        call.ReplyBulk(label);
        call.ReplyBulk(name);
        call.ReplyInteger(count);
    }
}
