using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>A channel or pattern that somebody subscribed to. All members only under <see cref="PubSubHub"/>'s lock.</summary>
internal sealed class Channel
{
    private ChannelMember[] _members = new ChannelMember[1];
    private Receiver[]? _receivers;

    /// <summary>Makes a channel nobody subscribed to yet.</summary>
    public Channel(byte[] name, ulong hash, ChannelKind kind, int serial)
    {
        Name = name;
        Hash = hash;
        Kind = kind;
        Serial = serial;
    }

    /// <summary>The name, or the pattern. Never changed: any thread may read it.</summary>
    public byte[] Name { get; }

    /// <summary>The name's hash.</summary>
    public ulong Hash { get; }

    /// <summary>What it is.</summary>
    public ChannelKind Kind { get; }

    /// <summary>A number for the subscribers' own tables; not unique for ever.</summary>
    public int Serial { get; }

    /// <summary>The next in its bucket.</summary>
    public Channel? Next { get; set; }

    /// <summary>Subscribers.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// The subscribers as they are now, in an array that is never changed: who publishes goes through it without the lock. Made again only
    /// after somebody came or went.
    /// </summary>
    public Receiver[] Receivers
    {
        get
        {
            if (_receivers is null)
            {
                _receivers = new Receiver[Count];
                for (int i = 0; i < Count; i++)
                {
                    ChannelMember member = _members[i];
                    _receivers[i] = new Receiver(member.Session.Token, member.Session.Subscriptions.Reference(member.Slot));
                }
            }

            return _receivers;
        }
    }

    /// <summary>Adds a subscriber; its place.</summary>
    public int Add(ChannelMember member)
    {
        if (Count == _members.Length)
        {
            Array.Resize(ref _members, 2 * Count);
        }

        _members[Count] = member;
        _receivers = null;
        return Count++;
    }

    /// <summary>Removes the subscriber at a place; the last takes it.</summary>
    public void Remove(int position)
    {
        ChannelMember last = _members[--Count];
        _members[position] = last;
        last.Session.Subscriptions.Move(last.Slot, position);
        _members[Count] = default;
        _receivers = null;
        if (_members.Length > 16 && Count < _members.Length / 4)
        {
            Array.Resize(ref _members, _members.Length / 2);
        }
    }
}
