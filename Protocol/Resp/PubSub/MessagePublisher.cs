using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Publishes. A message is written once, in RESP2, and shared by all receivers; only its first byte differs in RESP3.</summary>
internal static unsafe class MessagePublisher
{
    /// <summary>More receivers or patterns than this: not on the event loop.</summary>
    public const int Many = 1000;

    // Receivers of a message that fit on the stack.
    private const int Few = 32;

    // Patterns that are taken at a time.
    private const int AtOnce = 64;

    /// <summary>
    /// Sends a message to all subscribers of a channel or shard channel. Messages of one thread's calls reach each receiver in the order of
    /// the calls. Allocates nothing managed.
    /// </summary>
    /// <returns>How many subscriptions it was sent to; −1: handed to a worker, nothing was done.</returns>
    [SkipLocalsInit]
    public static long Publish(
        CommandContext call, ChannelKind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, Audience audience = default,
            bool mayDefer = true)
    {
        PubSubHub hub = call.Resp.PubSub;
        bool hasPatterns = kind == ChannelKind.Channel && hub.Count(ChannelKind.Pattern) != 0;
        if (hub.Count(kind) == 0 && !hasPatterns)
        {
            return 0;
        }

        Receiver* few = stackalloc Receiver[Few];
        ReceiverList receivers = new(call.Thread.Server.Buffers, few, Few);
        PinnedChannel* room = stackalloc PinnedChannel[AtOnce];
        Span<PinnedChannel> patterns = new(room, hasPatterns ? AtOnce : 0);
        if (!hub.TryTake(call, kind, name, mayDefer ? Many : long.MaxValue, ref receivers, patterns, out int found))
        {
            return call.DeferLong() ? -1 : Publish(call, kind, name, message, audience, mayDefer: false);
        }

        ReadOnlySpan<byte> label = kind == ChannelKind.Shard ? "$8\r\nsmessage\r\n"u8 : "$7\r\nmessage\r\n"u8;
        long count = Send(call, receivers.Span, label, default, false, name, message, audience);
        try
        {
            for (; found > 0; found = hub.Pin(call, ChannelKind.Pattern, name, patterns, found))
            {
                count += PublishToPatterns(call, ref receivers, patterns[..found], name, message, audience);
            }
        }
        finally
        {
            // When memory runs out, some are still pinned.
            hub.Unpin(call, ChannelKind.Pattern, patterns[..found]);
        }

        receivers.Free();
        return count;
    }

    // Patterns are matched outside the lock: they may be many, and long.
    private static long PublishToPatterns(
        CommandContext call, ref ReceiverList receivers, Span<PinnedChannel> patterns, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message,
        Audience audience)
    {
        long count = 0;
        fixed (byte* text = name)
        {
            foreach (ref PinnedChannel pinned in patterns)
            {
                Channel* pattern = pinned.Channel;
                if (pinned.Count == 0 || !Glob.Matches(Channel.NameOf(pattern), pattern->NameLength, text, name.Length))
                {
                    continue;
                }

                ReadOnlySpan<Receiver> all = new(ref pinned.Only);
                if (pinned.Count > 1)
                {
                    call.Resp.PubSub.Take(ref receivers, pattern);
                    all = receivers.Span;
                }

                count += Send(call, all, "$8\r\npmessage\r\n"u8, Channel.Name(pattern), true, name, message, audience);
            }
        }

        return count;
    }

    private static long Send(
        CommandContext call, ReadOnlySpan<Receiver> receivers, ReadOnlySpan<byte> label, ReadOnlySpan<byte> pattern, bool isPattern,
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, Audience audience)
    {
        if (receivers.IsEmpty)
        {
            return 0;
        }

        Server server = call.Thread.Server;

        // '*', a digit, line end, and for each string its length and two line ends.
        long most = 4L + label.Length + (3 * (Numbers.Longest + 5)) + pattern.Length + name.Length + message.Length;
        if (most > SharedBytes.Most)
        {
            // Where values of a gigabyte are allowed: no message is that long.
            return 0;
        }

        SharedBytes* bytes = Format(server.Buffers, (int)most, label, pattern, isPattern, name, message);
        long count = 0;
        if (bytes == null)
        {
            // No memory: better closed than without the message.
            foreach (Receiver receiver in receivers)
            {
                _ = server.Signals.Kill(receiver.Token);
            }

            return 0;
        }

        foreach (Receiver receiver in receivers)
        {
            if (!audience.Has(receiver.Token))
            {
                continue;
            }

            if (receiver.Token == call.Events.OwnToken)
            {
                call.Messages.DeliverToSelf(bytes, receiver.Subscription);
                count++;
            }
            else if (call.Messages.Post(receiver.Token, bytes, receiver.Subscription))
            {
                count++;
            }
        }

        SharedBytes.Release(server.Buffers, bytes);
        return count;
    }

    private static SharedBytes* Format(
        BufferPool pool, int most, ReadOnlySpan<byte> label, ReadOnlySpan<byte> pattern, bool isPattern, ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> message)
    {
        SharedBytes* bytes = SharedBytes.TryCreate(pool, most);
        if (bytes == null)
        {
            return null;
        }

        byte* start = SharedBytes.Data(bytes);
        byte* to = Append(start, isPattern ? "*4\r\n"u8 : "*3\r\n"u8);
        to = Append(to, label);
        to = isPattern ? AppendBulk(to, pattern) : to;
        to = AppendBulk(to, name);
        to = AppendBulk(to, message);
        bytes->Length = (int)(to - start);
        return bytes;
    }

    private static byte* AppendBulk(byte* to, ReadOnlySpan<byte> bytes)
    {
        *to++ = (byte)'$';
        to += Numbers.Write(to, bytes.Length);
        to = Append(to, "\r\n"u8);
        to = Append(to, bytes);
        return Append(to, "\r\n"u8);
    }

    private static byte* Append(byte* to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>(to, bytes.Length));
        return to + bytes.Length;
    }
}
