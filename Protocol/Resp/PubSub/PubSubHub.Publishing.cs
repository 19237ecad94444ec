using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <content>Publishing. A message is written once, in RESP2, and shared by all its receivers; only its first byte differs in RESP3.</content>
internal sealed unsafe partial class PubSubHub
{
    // More receivers than this: not on the event loop.
    private const int Many = 1000;

    /// <summary>
    /// Sends a message to all subscribers of a channel or shard channel. Messages of one thread's calls reach each receiver in the order of the calls.
    /// Allocates nothing managed while nobody subscribes or unsubscribes.
    /// </summary>
    /// <returns>How many subscriptions it was sent to; −1: handed to a worker, nothing was done.</returns>
    public long Publish(RespCall call, ChannelKind kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message, bool mayDefer = true)
    {
        if (Count(kind) == 0 && (kind == ChannelKind.Shard || Count(ChannelKind.Pattern) == 0))
        {
            return 0;
        }

        Receiver[]? receivers;
        PatternReceivers[] patterns = [];
        ulong hash = HashOf(call, name);
        lock (_lock)
        {
            receivers = _tables[(int)kind].Find(name, hash)?.Receivers;
            if (kind == ChannelKind.Channel && _patternCount != 0)
            {
                patterns = _patterns ??= MakePatterns();
            }
        }

        if (mayDefer && (receivers?.Length ?? 0) + patterns.Length > Many && call.DeferLong())
        {
            return -1;
        }

        long count = 0;
        if (receivers is not null)
        {
            count += Send(call, receivers, kind == ChannelKind.Shard ? "$8\r\nsmessage\r\n"u8 : "$7\r\nmessage\r\n"u8, null, name, message);
        }

        fixed (byte* text = name)
        {
            foreach (PatternReceivers pattern in patterns)
            {
                fixed (byte* glob = pattern.Pattern)
                {
                    if (Glob.Matches(glob, pattern.Pattern.Length, text, name.Length))
                    {
                        count += Send(call, pattern.Receivers, "$8\r\npmessage\r\n"u8, pattern.Pattern, name, message);
                    }
                }
            }
        }

        return count;
    }

    /// <summary>The hash of a channel's name.</summary>
    public static ulong HashOf(RespCall call, ReadOnlySpan<byte> name)
    {
        fixed (byte* data = name)
        {
            return call.Access.Hash(data, name.Length);
        }
    }

    private static long Send(
        RespCall call, Receiver[] receivers, ReadOnlySpan<byte> label, byte[]? pattern, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message)
    {
        Server server = call.Turn.Server;

        // '*', a digit, line end, and for each string its length and two line ends.
        long most = 4L + label.Length + (3 * (Numbers.Longest + 5)) + (pattern?.Length ?? 0) + name.Length + message.Length;
        if (most > SharedBytes.Most)
        {
            // Where values of a gigabyte are allowed: no message is that long.
            return 0;
        }

        SharedBytes* bytes = Format(server.Buffers, (int)most, label, pattern, name, message);
        long count = 0;
        foreach (Receiver receiver in receivers)
        {
            if (receiver.Token == call.OwnToken)
            {
                call.DeliverToSelf(bytes, receiver.Subscription);
                count++;
            }
            else if (server.Post(receiver.Token, bytes, receiver.Subscription))
            {
                count++;
            }
        }

        SharedBytes.Release(server.Buffers, bytes);
        return count;
    }

    private static SharedBytes* Format(BufferPool pool, int most, ReadOnlySpan<byte> label, byte[]? pattern, ReadOnlySpan<byte> name, ReadOnlySpan<byte> message)
    {
        SharedBytes* bytes = SharedBytes.Create(pool, most);
        byte* start = SharedBytes.Data(bytes);
        byte* to = Append(start, pattern is null ? "*3\r\n"u8 : "*4\r\n"u8);
        to = Append(to, label);
        to = pattern is null ? to : AppendBulk(to, pattern);
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

    private PatternReceivers[] MakePatterns()
    {
        ChannelTable table = _tables[(int)ChannelKind.Pattern];
        PatternReceivers[] made = new PatternReceivers[table.Count];
        int count = 0;
        foreach (Channel? first in table.Buckets)
        {
            for (Channel? channel = first; channel is not null; channel = channel.Next)
            {
                made[count++] = new PatternReceivers(channel);
            }
        }

        return made;
    }
}
