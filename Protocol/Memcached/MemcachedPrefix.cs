using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>What stats detail counts of one prefix.</summary>
internal unsafe struct MemcachedPrefix
{
    /// <summary>Keys asked for.</summary>
    public long Gets;

    /// <summary>Of them, those that were there.</summary>
    public long Hits;

    /// <summary>Values that were to be stored.</summary>
    public long Sets;

    /// <summary>Keys to be deleted.</summary>
    public long Deletes;

    private byte _length;
    private fixed byte _name[MemcachedParser.LongestKey];

    /// <summary>Whether it is that of no prefix yet.</summary>
    public readonly bool IsFree => _length == 0;

    /// <summary>What stands in front of the colon; not empty, except of one that is free.</summary>
    public ReadOnlySpan<byte> Name
    {
        get
        {
            fixed (byte* name = _name)
            {
                return new ReadOnlySpan<byte>(name, _length);
            }
        }

        set
        {
            _length = (byte)value.Length;
            fixed (byte* name = _name)
            {
                value.CopyTo(new Span<byte>(name, MemcachedParser.LongestKey));
            }
        }
    }
}
