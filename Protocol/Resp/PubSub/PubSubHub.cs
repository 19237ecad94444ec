using System;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Who subscribed to what, for all connections of a node: in native memory that counts against --max-buffers. One lock, held for a
/// look-up, a change, or a copy of a channel's subscribers; <see cref="MessagePublisher"/> sends outside of it. Any thread.
/// </summary>
internal sealed unsafe class PubSubHub
{
    // Comparing a name of so many bytes with a pattern costs as much as another receiver.
    private const int LongName = 256;

    private readonly Lock _lock = new();
    private readonly RespSessionTable _sessions;
    private readonly ChannelTable[] _tables = [new(), new(), new()];
    private int _channelCount;
    private int _patternCount;
    private int _shardCount;
    private int _serial;

    /// <summary>Makes a hub for the connections of these sessions.</summary>
    public PubSubHub(RespSessionTable sessions)
    {
        _sessions = sessions;
    }

    /// <summary>How many channels, patterns or shard channels have subscribers.</summary>
    public int Count(ChannelKind kind) => kind switch
    {
        ChannelKind.Channel => Volatile.Read(ref _channelCount), // pairs with Changed
        ChannelKind.Pattern => Volatile.Read(ref _patternCount), // pairs with Changed
        _ => Volatile.Read(ref _shardCount), // pairs with Changed
    };

    /// <summary>Subscribes the connection of a session that the caller owns.</summary>
    /// <returns>False when there is no room for it; true also when it had this one.</returns>
    public bool Subscribe(CommandContext call, RespSession* session, ChannelKind kind, ReadOnlySpan<byte> name, ulong hash)
    {
        BufferPool pool = call.Thread.Server.Buffers;
        lock (_lock)
        {
            ChannelTable table = _tables[(int)kind];
            Channel* channel = table.Find(name, hash);
            ref SubscriptionSet set = ref session->Subscriptions;
            if (channel != null && set.Find(channel) >= 0)
            {
                return true;
            }

            if (!set.Allows(name.Length) || !pool.HasRoom(sizeof(Channel) + name.Length + sizeof(Receiver) + set.Growth))
            {
                return false;
            }

            // Whatever needs memory comes before the first change, or changes nothing when there is none.
            set.MakeRoom(pool);
            channel = channel == null ? table.Add(pool, kind, name, hash, _serial++) : channel;
            SubscriptionSet.Add(pool, session, channel);
            Changed(kind);
            return true;
        }
    }

    /// <summary>Ends a subscription of a session that the caller owns, if there is one.</summary>
    public void Unsubscribe(CommandContext call, RespSession* session, ChannelKind kind, ReadOnlySpan<byte> name, ulong hash)
    {
        lock (_lock)
        {
            Channel* channel = _tables[(int)kind].Find(name, hash);
            int slot = channel == null ? -1 : session->Subscriptions.Find(channel);
            if (slot >= 0)
            {
                Remove(call, session, slot);
            }
        }
    }

    /// <summary>Ends the subscription at a place of a session's set; the caller owns it, and the place is in use.</summary>
    public void Unsubscribe(CommandContext call, RespSession* session, int slot)
    {
        lock (_lock)
        {
            Remove(call, session, slot);
        }
    }

    /// <summary>Subscribers of a channel, patterns not counted.</summary>
    public int CountSubscribers(ChannelKind kind, ReadOnlySpan<byte> name, ulong hash)
    {
        lock (_lock)
        {
            Channel* channel = _tables[(int)kind].Find(name, hash);
            return channel == null ? 0 : channel->Count;
        }
    }

    /// <summary>
    /// Takes who may get a message: a channel's subscribers, and into <paramref name="patterns"/>, if there is room, the first patterns
    /// that its name may match (<see cref="ChannelTable.Pin"/>).
    /// </summary>
    /// <returns>False: there are more than <paramref name="most"/>, and nothing was taken.</returns>
    public bool TryTake(
        CommandContext call, ChannelKind kind, ReadOnlySpan<byte> name, long most, ref ReceiverList receivers, Span<PinnedChannel> patterns,
        out int found)
    {
        ulong hash;
        fixed (byte* data = name)
        {
            hash = call.Access.Hash(data, name.Length);
        }

        found = 0;
        lock (_lock)
        {
            Channel* channel = _tables[(int)kind].Find(name, hash);
            long patternWork = patterns.IsEmpty ? 0 : _patternCount * (1L + (name.Length / LongName));
            if ((channel == null ? 0 : channel->Count) + patternWork > most)
            {
                return false;
            }

            if (channel != null)
            {
                receivers.Take(channel);
            }

            if (!patterns.IsEmpty)
            {
                found = _tables[(int)ChannelKind.Pattern].Pin(call.Thread.Server.Buffers, name, patterns, 0);
            }

            return true;
        }
    }

    /// <summary>Takes the subscribers of a channel that a walk holds.</summary>
    public void Take(ref ReceiverList receivers, Channel* channel)
    {
        lock (_lock)
        {
            receivers.Take(channel);
        }
    }

    /// <summary>Goes on with a walk through all channels of a kind (<see cref="ChannelTable.Pin"/>).</summary>
    public int Pin(CommandContext call, ChannelKind kind, ReadOnlySpan<byte> name, Span<PinnedChannel> pinned, int count)
    {
        lock (_lock)
        {
            return _tables[(int)kind].Pin(call.Thread.Server.Buffers, name, pinned, count);
        }
    }

    /// <summary>Ends a walk before its end: lets go of the channels that it holds.</summary>
    public void Unpin(CommandContext call, ChannelKind kind, Span<PinnedChannel> pinned)
    {
        if (!pinned.IsEmpty)
        {
            lock (_lock)
            {
                _tables[(int)kind].Unpin(call.Thread.Server.Buffers, pinned);
            }
        }
    }

    private void Remove(CommandContext call, RespSession* session, int slot)
    {
        BufferPool pool = call.Thread.Server.Buffers;
        Channel* channel = session->Subscriptions.At(slot);
        ChannelKind kind = channel->Kind;
        Channel.Remove(pool, _sessions, channel, session->Subscriptions.Position(slot));
        session->Subscriptions.Remove(pool, slot);
        if (channel->Count == 0)
        {
            _tables[(int)kind].Remove(pool, channel);
        }

        Changed(kind);
    }

    private void Changed(ChannelKind kind)
    {
        switch (kind)
        {
            case ChannelKind.Channel:
                Volatile.Write(ref _channelCount, _tables[0].Count); // pairs with Count
                break;
            case ChannelKind.Pattern:
                Volatile.Write(ref _patternCount, _tables[1].Count); // pairs with Count
                break;
            default:
                Volatile.Write(ref _shardCount, _tables[2].Count); // pairs with Count
                break;
        }
    }
}
