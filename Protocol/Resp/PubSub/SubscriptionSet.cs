using System;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The subscriptions of one connection, a part of <see cref="RespSession"/>: a hash
/// table by channel whose places keep their numbers. Changed by its owner under
/// <see cref="PubSubHub"/>'s lock, so the owner may read without it, and others with it.
/// </summary>
internal unsafe struct SubscriptionSet
{
    /// <summary>Most subscriptions a connection may have: their numbers share an int with <see cref="Subscription.Uses"/>.</summary>
    public const int Most = (1 << SlotBits) - 1;

    /// <summary>Most bytes of all the names a connection subscribed to.</summary>
    public const long MostBytes = 64 << 20;

    private const int SlotBits = 20;
    private const int UsesMask = (1 << (30 - SlotBits)) - 1;
    private const int Smallest = 4;

    private Subscription* _items;
    private int _itemBytes;
    private int _capacity;
    private int _used;
    private int _free;
    private int _channels;
    private int _patterns;
    private int _shards;

    // What the uses of a fresh place begin with: more than any place had before the table was given back.
    private int _firstUses;
    private long _channelBytes;

    /// <summary>Bytes of all names.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of the table and of the channels; one that is shared counts for each. Any thread: a hint.</summary>
    public readonly long KeptBytes => _itemBytes + _channelBytes;

    /// <summary>Bytes that the table needs for one subscription more.</summary>
    public readonly long Growth => _free != 0 || _used < _capacity ? 0 : Math.Max(Smallest, _capacity) * (long)sizeof(Subscription);

    /// <summary>Places ever used: for going through all.</summary>
    public readonly int Used => _used;

    /// <summary>How many altogether.</summary>
    public readonly int Total => _channels + _patterns + _shards;

    /// <summary>How many of a kind. Any thread.</summary>
    public readonly int Count(ChannelKind kind) => kind switch
    {
        ChannelKind.Channel => Volatile.Read(in _channels), // pairs with CountKind
        ChannelKind.Pattern => Volatile.Read(in _patterns), // pairs with CountKind
        _ => Volatile.Read(in _shards), // pairs with CountKind
    };

    /// <summary>Whether the connection may have one more, with such a name.</summary>
    public readonly bool Allows(int nameLength) => Total < Most && Bytes + nameLength <= MostBytes;

    /// <summary>What is at a place; null: it is free.</summary>
    public readonly Channel* At(int slot) => _items[slot].Channel;

    /// <summary>The place of a subscription, or −1.</summary>
    public readonly int Find(Channel* channel)
    {
        int place = _capacity == 0 ? 0 : Bucket(channel)->First;
        while (place != 0 && _items[place - 1].Channel != channel)
        {
            place = _items[place - 1].Next;
        }

        return place - 1;
    }

    /// <summary>The place that a message's number names.</summary>
    public static int SlotOf(int reference) => reference & Most;

    /// <summary>Whether the subscription that a message carries is still the same. Owner only.</summary>
    public readonly bool IsCurrent(int reference)
    {
        int slot = SlotOf(reference);
        return slot < _used && _items[slot].Channel != null && Reference(slot) == reference;
    }

    /// <summary>Makes room for one subscription more. Under the hub's lock.</summary>
    public void MakeRoom(BufferPool pool)
    {
        if (_free == 0 && _used == _capacity)
        {
            Grow(pool);
        }
    }

    /// <summary>Adds a subscription, which is not there and which there is room for,
    /// to the set of a session and to the channel. Under the hub's lock.</summary>
    public static void Add(BufferPool pool, RespSession* session, Channel* channel)
    {
        ref SubscriptionSet set = ref session->Subscriptions;
        int slot = set._free != 0 ? set._free - 1 : set._used;
        Subscription* item = set._items + slot;
        item->Position = Channel.Add(pool, channel, new Receiver(session->Token, set.Reference(slot), session->Index));
        item->Channel = channel;
        set.Take(slot);
        set.Link(slot);
        set.Bytes += channel->NameLength;
        set._channelBytes += channel->Size + sizeof(Receiver);
        set.CountKind(channel->Kind, 1);
    }

    /// <summary>Forgets the subscription at a place, which the channel has forgotten. Under the hub's lock.</summary>
    public void Remove(BufferPool pool, int slot)
    {
        Subscription* item = _items + slot;
        Channel* channel = item->Channel;
        int* link = &Bucket(channel)->First;
        while (*link != slot + 1)
        {
            link = &_items[*link - 1].Next;
        }

        *link = item->Next;
        item->Channel = null;
        _firstUses = Math.Max(_firstUses, ++item->Uses);
        item->Next = _free;
        _free = slot + 1;
        Bytes -= channel->NameLength;
        _channelBytes -= channel->Size + sizeof(Receiver);
        CountKind(channel->Kind, -1);
        if (Total == 0)
        {
            Free(pool);
        }
    }

    /// <summary>Gives the table back: nothing is subscribed to any more.</summary>
    public void Free(BufferPool pool)
    {
        if (_items != null)
        {
            pool.Return((byte*)_items, _itemBytes);
            _items = null;
            _itemBytes = 0;
            _capacity = 0;
            _used = 0;
            _free = 0;
        }
    }

    /// <summary>The place among the channel's subscribers of a subscription. Under the hub's lock.</summary>
    public readonly int Position(int slot) => _items[slot].Position;

    /// <summary>The channel moved this subscriber. Under the hub's lock.</summary>
    public readonly void Move(int slot, int position) => _items[slot].Position = position;

    // What messages for a subscription carry: its place, and how often that place was given up before.
    private readonly int Reference(int slot) => slot | ((_items[slot].Uses & UsesMask) << SlotBits);

    private readonly Subscription* Bucket(Channel* channel) => _items + (channel->Serial & (_capacity - 1));

    private void Take(int slot)
    {
        if (slot == _used)
        {
            _used++;
        }
        else
        {
            _free = _items[slot].Next;
        }
    }

    private void Grow(BufferPool pool)
    {
        int capacity = Math.Max(Smallest, 2 * _capacity);
        int bytes = capacity * sizeof(Subscription);
        _items = (Subscription*)(_items == null
            ? pool.Rent(bytes, out _itemBytes)
            : pool.Grow((byte*)_items, _used * sizeof(Subscription), ref _itemBytes, bytes));
        for (int i = 0; i < capacity; i++)
        {
            if (i >= _used)
            {
                _items[i] = new Subscription { Uses = _firstUses };
            }

            _items[i].First = 0;
        }

        _capacity = capacity;
        for (int slot = 0; slot < _used; slot++)
        {
            Link(slot);
        }
    }

    private readonly void Link(int slot)
    {
        Subscription* bucket = Bucket(_items[slot].Channel);
        _items[slot].Next = bucket->First;
        bucket->First = slot + 1;
    }

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
}
