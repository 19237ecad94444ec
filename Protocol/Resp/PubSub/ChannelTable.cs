using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The channels of one kind: a hash table by name that doubles and halves, and a list to go through. Only under <see cref="PubSubHub"/>'s
/// lock. A walk pins the channels it has come to, so that they stay in the list and keep their names while the lock is given back.
/// </summary>
internal sealed unsafe class ChannelTable
{
    private const int Smallest = 8;

    // Most channels that a walk looks at before it gives the lock back.
    private const int AtOnce = 1024;

    private Channel** _buckets;
    private int _bucketBytes;
    private int _size;
    private Channel* _newest;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The channel with a name, or null.</summary>
    public Channel* Find(ReadOnlySpan<byte> name, ulong hash)
    {
        Channel* channel = _size == 0 ? null : *Bucket(hash);
        while (channel != null && (channel->Hash != hash || !name.SequenceEqual(Channel.Name(channel))))
        {
            channel = channel->NextInBucket;
        }

        return channel;
    }

    /// <summary>Adds one that is not there, and nobody's yet.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it; nothing was changed.</exception>
    public Channel* Add(BufferPool pool, ChannelKind kind, ReadOnlySpan<byte> name, ulong hash, int serial)
    {
        if (Count == _size && !TryResize(pool, Math.Max(Smallest, 2 * _size)))
        {
            throw new OutOfMemoryException("cannot get a buffer for a table of channels");
        }

        Channel* channel = Channel.Create(pool, kind, name, hash, serial);
        Count++;
        Link(channel);
        channel->Next = _newest;
        if (_newest != null)
        {
            _newest->Previous = channel;
        }

        _newest = channel;
        return channel;
    }

    /// <summary>Removes one that has no subscriber any more.</summary>
    public void Remove(BufferPool pool, Channel* channel)
    {
        Channel** link = Bucket(channel->Hash);
        while (*link != channel)
        {
            link = &(*link)->NextInBucket;
        }

        *link = channel->NextInBucket;
        FreeUnused(pool, channel);
        Count--;
        if (Count == 0 || (_size > Smallest && Count < _size / 8))
        {
            // Without memory for a smaller one it stays as it is.
            _ = TryResize(pool, Count == 0 ? 0 : _size / 2);
        }
    }

    /// <summary>Goes on with a walk through all channels: pins as many as there is room for, from the newest to the
    /// oldest, and lets go of those before. One that is there from the walk's begin to its end is not missed.</summary>
    /// <param name="pool">Where they lie.</param>
    /// <param name="name">What patterns are to be compared with: those that begin otherwise are left out, most of them.</param>
    /// <param name="pinned">The channels pinned by the last call, then those of this one.</param>
    /// <param name="count">How many the last call pinned; 0 begins.</param>
    /// <returns>How many are pinned; 0: the walk is over.</returns>
    public int Pin(BufferPool pool, ReadOnlySpan<byte> name, Span<PinnedChannel> pinned, int count)
    {
        Channel* next = count == 0 ? _newest : pinned[count - 1].IsLast ? null : pinned[count - 1].Channel->Next;
        Unpin(pool, pinned[..count]);
        int taken = 0;
        for (int seen = 0; next != null && taken < pinned.Length && seen < AtOnce; next = next->Next)
        {
            // The last that is looked at is where the walk goes on.
            if (++seen == AtOnce || Channel.MayMatch(next, name))
            {
                next->Pins++;
                pinned[taken++] = new PinnedChannel { Channel = next, Count = next->Count, Only = Channel.First(next) };
            }
        }

        if (taken > 0)
        {
            pinned[taken - 1].IsLast = next == null;
        }

        return taken;
    }

    /// <summary>Lets go of channels that are pinned.</summary>
    public void Unpin(BufferPool pool, ReadOnlySpan<PinnedChannel> pinned)
    {
        foreach (PinnedChannel pin in pinned)
        {
            pin.Channel->Pins--;
            FreeUnused(pool, pin.Channel);
        }
    }

    private Channel** Bucket(ulong hash) => _buckets + (hash & (ulong)(_size - 1));

    private void Link(Channel* channel)
    {
        Channel** bucket = Bucket(channel->Hash);
        channel->NextInBucket = *bucket;
        *bucket = channel;
    }

    private void FreeUnused(BufferPool pool, Channel* channel)
    {
        if (channel->Count > 0 || channel->Pins > 0)
        {
            return;
        }

        if (channel->Previous != null)
        {
            channel->Previous->Next = channel->Next;
        }
        else
        {
            _newest = channel->Next;
        }

        if (channel->Next != null)
        {
            channel->Next->Previous = channel->Previous;
        }

        pool.Return((byte*)channel, channel->Size);
    }

    private bool TryResize(BufferPool pool, int size)
    {
        int bytes = 0;
        Channel** buckets = size == 0 ? null : (Channel**)pool.TryRent(size * sizeof(Channel*), out bytes);
        if (size != 0 && buckets == null)
        {
            return false;
        }

        if (_buckets != null)
        {
            pool.Return((byte*)_buckets, _bucketBytes);
        }

        new Span<nint>(buckets, size).Clear();
        _buckets = buckets;
        _bucketBytes = bytes;
        _size = size;

        // One that is only pinned is in no bucket.
        for (Channel* channel = _newest; size != 0 && channel != null; channel = channel->Next)
        {
            if (channel->Count > 0)
            {
                Link(channel);
            }
        }

        return true;
    }
}
