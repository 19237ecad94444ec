using System;
using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Who subscribed to what, for all connections of a node. One lock, held for a look-up or a change; publishing goes through arrays that are never
/// changed, outside the lock. Any thread.
/// </summary>
internal sealed unsafe partial class PubSubHub
{
    private readonly Lock _lock = new();
    private readonly ChannelTable[] _tables = [new(), new(), new()];
    private PatternReceivers[]? _patterns;
    private int _channelCount;
    private int _patternCount;
    private int _shardCount;
    private int _serial;

    /// <summary>How many channels, patterns or shard channels have subscribers.</summary>
    public int Count(ChannelKind kind) => kind switch
    {
        ChannelKind.Channel => Volatile.Read(ref _channelCount), // pairs with Changed
        ChannelKind.Pattern => Volatile.Read(ref _patternCount), // pairs with Changed
        _ => Volatile.Read(ref _shardCount), // pairs with Changed
    };

    /// <summary>Subscribes the connection of a session that the caller owns.</summary>
    /// <returns>False when it has too many subscriptions; true also when it had this one.</returns>
    public bool Subscribe(RespSession session, ChannelKind kind, ReadOnlySpan<byte> name, ulong hash)
    {
        lock (_lock)
        {
            ChannelTable table = _tables[(int)kind];
            Channel? channel = table.Find(name, hash);
            SubscriptionSet set = session.Subscriptions;
            if (channel is not null && set.Find(channel) >= 0)
            {
                return true;
            }

            if (set.Total >= SubscriptionSet.Most || set.Bytes + name.Length > SubscriptionSet.MostBytes)
            {
                return false;
            }

            if (channel is null)
            {
                channel = new Channel(name.ToArray(), hash, kind, _serial++);
                table.Add(channel);
            }

            set.Add(session, channel);
            Changed(kind);
            return true;
        }
    }

    /// <summary>Ends a subscription of a session that the caller owns, if there is one.</summary>
    public void Unsubscribe(RespSession session, ChannelKind kind, ReadOnlySpan<byte> name, ulong hash)
    {
        lock (_lock)
        {
            Channel? channel = _tables[(int)kind].Find(name, hash);
            int slot = channel is null ? -1 : session.Subscriptions.Find(channel);
            if (slot >= 0)
            {
                Remove(session, slot);
            }
        }
    }

    /// <summary>Ends the subscription at a place of a session's set; the caller owns it, and the place is in use.</summary>
    public void Unsubscribe(RespSession session, int slot)
    {
        lock (_lock)
        {
            Remove(session, slot);
        }
    }

    /// <summary>Subscribers of a channel, patterns not counted.</summary>
    public int CountSubscribers(ChannelKind kind, ReadOnlySpan<byte> name, ulong hash)
    {
        lock (_lock)
        {
            return _tables[(int)kind].Find(name, hash)?.Count ?? 0;
        }
    }

    /// <summary>The names of all channels of a kind.</summary>
    public byte[][] Names(ChannelKind kind)
    {
        lock (_lock)
        {
            ChannelTable table = _tables[(int)kind];
            byte[][] names = new byte[table.Count][];
            int count = 0;
            foreach (Channel? first in table.Buckets)
            {
                for (Channel? channel = first; channel is not null; channel = channel.Next)
                {
                    names[count++] = channel.Name;
                }
            }

            return names;
        }
    }

    private void Remove(RespSession session, int slot)
    {
        Channel channel = session.Subscriptions.At(slot)!;
        session.Subscriptions.Remove(slot);
        if (channel.Count == 0)
        {
            _tables[(int)channel.Kind].Remove(channel);
        }

        Changed(channel.Kind);
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
                _patterns = null;
                break;
            default:
                Volatile.Write(ref _shardCount, _tables[2].Count); // pairs with Count
                break;
        }
    }
}
