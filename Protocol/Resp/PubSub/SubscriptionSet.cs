using System;
using System.Threading;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The subscriptions of one connection. Changed by its owner under <see cref="PubSubHub"/>'s lock, so the owner may read without it,
/// and others with it.
/// </summary>
internal sealed class SubscriptionSet
{
    /// <summary>Most subscriptions a connection may have: their numbers share an int with <see cref="Subscription.Uses"/>.</summary>
    public const int Most = (1 << SlotBits) - 1;

    /// <summary>Most bytes of all the names a connection subscribed to.</summary>
    public const long MostBytes = 64 << 20;

    private const int SlotBits = 20;
    private const int UsesMask = (1 << (30 - SlotBits)) - 1;

    private Subscription[] _items = new Subscription[4];
    private int[] _buckets = [-1, -1, -1, -1];
    private int _used;
    private int _free = -1;
    private int _channels;
    private int _patterns;
    private int _shards;

    /// <summary>Bytes of all names.</summary>
    public long Bytes { get; private set; }

    /// <summary>Places ever used: for going through all.</summary>
    public int Used => _used;

    /// <summary>How many of a kind. Any thread.</summary>
    public int Count(ChannelKind kind) => kind switch
    {
        ChannelKind.Channel => Volatile.Read(ref _channels), // pairs with CountKind
        ChannelKind.Pattern => Volatile.Read(ref _patterns), // pairs with CountKind
        _ => Volatile.Read(ref _shards), // pairs with CountKind
    };

    /// <summary>How many altogether.</summary>
    public int Total => _channels + _patterns + _shards;

    /// <summary>What is at a place; null: it is free.</summary>
    public Channel? At(int slot) => _items[slot].Channel;

    /// <summary>The place of a subscription, or −1.</summary>
    public int Find(Channel channel)
    {
        int slot = _buckets[channel.Serial & (_buckets.Length - 1)];
        while (slot >= 0 && _items[slot].Channel != channel)
        {
            slot = _items[slot].Next;
        }

        return slot;
    }

    /// <summary>What messages for a subscription carry: its place, and how often that place was given up before.</summary>
    public int Reference(int slot) => slot | ((_items[slot].Uses & UsesMask) << SlotBits);

    /// <summary>Whether the subscription that a message carries is still the same. Owner only.</summary>
    public bool IsCurrent(int reference)
    {
        int slot = reference & Most;
        return slot < _used && _items[slot].Channel is not null && Reference(slot) == reference;
    }

    /// <summary>Adds a subscription, which is not there. Under the hub's lock.</summary>
    public void Add(RespSession session, Channel channel)
    {
        int slot = _free;
        if (slot >= 0)
        {
            _free = _items[slot].Next;
        }
        else
        {
            slot = _used;
            if (slot == _items.Length)
            {
                Array.Resize(ref _items, 2 * slot);
                Rebuild();
            }

            _used++;
        }

        ref Subscription item = ref _items[slot];
        item.Channel = channel;
        item.Position = channel.Add(new ChannelMember(session, slot));
        Link(slot);
        Bytes += channel.Name.Length;
        CountKind(channel.Kind, 1);
    }

    /// <summary>Removes the subscription at a place. Under the hub's lock.</summary>
    public void Remove(int slot)
    {
        Channel channel = _items[slot].Channel!;
        channel.Remove(_items[slot].Position);
        ref int link = ref _buckets[channel.Serial & (_buckets.Length - 1)];
        while (link != slot)
        {
            link = ref _items[link].Next;
        }

        link = _items[slot].Next;
        _items[slot].Channel = null;
        _items[slot].Uses++;
        _items[slot].Next = _free;
        _free = slot;
        Bytes -= channel.Name.Length;
        CountKind(channel.Kind, -1);
    }

    /// <summary>The channel moved this subscriber. Under the hub's lock.</summary>
    public void Move(int slot, int position) => _items[slot].Position = position;

    private void CountKind(ChannelKind kind, int change)
    {
        switch (kind)
        {
            case ChannelKind.Channel:
                Volatile.Write(ref _channels, _channels + change); // pairs with Count
                break;
            case ChannelKind.Pattern:
                Volatile.Write(ref _patterns, _patterns + change); // pairs with Count
                break;
            default:
                Volatile.Write(ref _shards, _shards + change); // pairs with Count
                break;
        }
    }

    private void Rebuild()
    {
        _buckets = new int[_items.Length];
        Array.Fill(_buckets, -1);
        for (int slot = 0; slot < _used; slot++)
        {
            if (_items[slot].Channel is not null)
            {
                Link(slot);
            }
        }
    }

    private void Link(int slot)
    {
        ref int bucket = ref _buckets[_items[slot].Channel!.Serial & (_buckets.Length - 1)];
        _items[slot].Next = bucket;
        bucket = slot;
    }
}
