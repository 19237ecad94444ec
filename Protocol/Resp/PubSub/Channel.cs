using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A channel or pattern that somebody subscribed to, with its name behind it in one pooled
/// buffer. Only under <see cref="PubSubHub"/>'s lock, but for the name of one that is pinned.
/// </summary>
internal unsafe struct Channel
{
    // A buffer of subscribers of up to so many bytes does not shrink before it is given back.
    private const int Kept = 1024;

    // More of a pattern is not compared under the lock.
    private const int LongestPrefix = 64;

    /// <summary>The next in its bucket.</summary>
    public Channel* NextInBucket;

    /// <summary>The one that was added after it, of those of its kind; null: none.</summary>
    public Channel* Previous;

    /// <summary>The one that was added before it; null: none.</summary>
    public Channel* Next;

    /// <summary>The name's hash.</summary>
    public ulong Hash;

    /// <summary>What it is.</summary>
    public ChannelKind Kind;

    /// <summary>A number for the subscribers' own tables; not unique for ever.</summary>
    public int Serial;

    /// <summary>Bytes of the name.</summary>
    public int NameLength;

    /// <summary>Bytes that a name must begin with, of a pattern; 0 for the other kinds.</summary>
    public int Prefix;

    /// <summary>Bytes of the buffer.</summary>
    public int Size;

    /// <summary>Subscribers; 0: it is only there because it is pinned.</summary>
    public int Count;

    /// <summary>How many walks hold it, see <see cref="ChannelTable.Pin"/>.</summary>
    public int Pins;

    // Most have one subscriber: he is kept here, several are in a buffer of their own.
    private Receiver _only;
    private Receiver* _several;
    private int _severalBytes;

    /// <summary>Makes a channel nobody subscribed to yet.</summary>
    public static Channel* Create(BufferPool pool, ChannelKind kind, ReadOnlySpan<byte> name, ulong hash, int serial)
    {
        Channel* channel = (Channel*)pool.Rent(sizeof(Channel) + name.Length, out int size);
        *channel = new Channel { Hash = hash, Kind = kind, Serial = serial, NameLength = name.Length, Size = size };
        name.CopyTo(new Span<byte>(NameOf(channel), name.Length));
        if (kind == ChannelKind.Pattern)
        {
            int literal = name.IndexOfAny("*?[\\"u8);
            channel->Prefix = Math.Min(literal < 0 ? name.Length : literal, LongestPrefix);
        }

        return channel;
    }

    /// <summary>The first byte of the name, or of the pattern. Never changed.</summary>
    public static byte* NameOf(Channel* channel) => (byte*)(channel + 1);

    /// <summary>The same, with its length.</summary>
    public static ReadOnlySpan<byte> Name(Channel* channel) => new(NameOf(channel), channel->NameLength);

    /// <summary>Whether somebody subscribed to it, and a name begins as its pattern does.</summary>
    public static bool MayMatch(Channel* channel, ReadOnlySpan<byte> name)
        => channel->Count > 0 && (channel->Prefix == 0 || name.StartsWith(Name(channel)[..channel->Prefix]));

    /// <summary>The subscribers, good until the lock is given back.</summary>
    public static ReadOnlySpan<Receiver> Receivers(Channel* channel) => Receivers(All(channel), channel->Count);

    /// <summary>The first subscriber; of no meaning when there is none.</summary>
    public static Receiver First(Channel* channel) => *All(channel);

    /// <summary>Adds a subscriber; its place. The first takes no memory.</summary>
    public static int Add(BufferPool pool, Channel* channel, Receiver receiver)
    {
        int needed = (channel->Count + 1) * sizeof(Receiver);
        if (channel->Count == 1 && channel->_several == null)
        {
            channel->_several = (Receiver*)pool.Rent(needed, out channel->_severalBytes);
            *channel->_several = channel->_only;
        }
        else if (channel->_several != null && needed > channel->_severalBytes)
        {
            channel->_several = (Receiver*)pool.Grow(
                (byte*)channel->_several, channel->Count * sizeof(Receiver), ref channel->_severalBytes, 2 * channel->_severalBytes);
        }

        All(channel)[channel->Count] = receiver;
        return channel->Count++;
    }

    /// <summary>Removes the subscriber at a place; the last takes it.</summary>
    public static void Remove(BufferPool pool, RespSessionTable sessions, Channel* channel, int position)
    {
        Receiver* all = All(channel);
        Receiver last = all[--channel->Count];
        all[position] = last;
        if (position != channel->Count)
        {
            sessions.At(last.Session)->Subscriptions.Move(SubscriptionSet.SlotOf(last.Subscription), position);
        }

        if (channel->_several != null && channel->Count <= 1)
        {
            channel->_only = *all;
            pool.Return((byte*)channel->_several, channel->_severalBytes);
            channel->_several = null;
        }
        else if (channel->_severalBytes > Kept && channel->Count * sizeof(Receiver) < channel->_severalBytes / 4)
        {
            Receiver* shorter = (Receiver*)pool.TryRent(channel->_severalBytes / 2, out int bytes);
            if (shorter == null)
            {
                // It stays as long as it is.
                return;
            }

            Receivers(all, channel->Count).CopyTo(new Span<Receiver>(shorter, channel->Count));
            pool.Return((byte*)all, channel->_severalBytes);
            channel->_several = shorter;
            channel->_severalBytes = bytes;
        }
    }

    private static ReadOnlySpan<Receiver> Receivers(Receiver* all, int count) => new(all, count);

    private static Receiver* All(Channel* channel) => channel->_several == null ? &channel->_only : channel->_several;
}
