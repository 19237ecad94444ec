using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>Channels by name: a hash table that doubles. Only under <see cref="PubSubHub"/>'s lock.</summary>
internal sealed class ChannelTable
{
    private Channel?[] _buckets = new Channel?[16];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Buckets, for going through all.</summary>
    public ReadOnlySpan<Channel?> Buckets => _buckets;

    /// <summary>The channel with a name, or null.</summary>
    public Channel? Find(ReadOnlySpan<byte> name, ulong hash)
    {
        Channel? channel = _buckets[hash & (ulong)(_buckets.Length - 1)];
        while (channel is not null && (channel.Hash != hash || !name.SequenceEqual(channel.Name)))
        {
            channel = channel.Next;
        }

        return channel;
    }

    /// <summary>Adds one that is not there.</summary>
    public void Add(Channel channel)
    {
        if (Count++ == _buckets.Length)
        {
            Channel?[] old = _buckets;
            _buckets = new Channel?[2 * old.Length];
            foreach (Channel? first in old)
            {
                for (Channel? moved = first; moved is not null;)
                {
                    Channel? next = moved.Next;
                    Link(moved);
                    moved = next;
                }
            }
        }

        Link(channel);
    }

    /// <summary>Removes one.</summary>
    public void Remove(Channel channel)
    {
        Count--;
        ref Channel? bucket = ref _buckets[channel.Hash & (ulong)(_buckets.Length - 1)];
        if (bucket == channel)
        {
            bucket = channel.Next;
            return;
        }

        Channel before = bucket!;
        while (before.Next != channel)
        {
            before = before.Next!;
        }

        before.Next = channel.Next;
    }

    private void Link(Channel channel)
    {
        ref Channel? bucket = ref _buckets[channel.Hash & (ulong)(_buckets.Length - 1)];
        channel.Next = bucket;
        bucket = channel;
    }
}
