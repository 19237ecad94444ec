using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>A list of holders that is put on a node piece by piece: what a
/// withdrawal from a C node leaves, and what a restarted owner lacks.</summary>
internal sealed class HolderRest
{
    private readonly byte[] _list = new byte[CsFrame.Size];
    private int _length;
    private int _position;

    /// <summary>Whether there is something left to put.</summary>
    public bool IsEmpty => _position >= _length;

    /// <summary>Begins with a list, or with a whole value that is none.</summary>
    public void Set(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_list);
        _length = value.Length;
        _position = 0;
    }

    /// <summary>Begins with a list without some holders.</summary>
    /// <returns>False when they are not in it.</returns>
    public bool SetWithout(ReadOnlySpan<byte> list, ReadOnlySpan<byte> holders)
    {
        _length = HolderList.ContainsAll(list, holders) ? HolderList.Remove(list, holders, _list) : -1;
        _position = 0;
        return _length >= 0;
    }

    /// <summary>Leaves holders out.</summary>
    public void Remove(ReadOnlySpan<byte> holders)
    {
        int left = HolderList.Remove(_list.AsSpan(0, _length), holders, _list);
        _length = left < 0 ? _length : left;
    }

    /// <summary>Writes the frame that puts the next holders, as many as the
    /// original reads in one value; or a whole value that is no list.</summary>
    /// <param name="request">The frame.</param>
    /// <param name="key">The key.</param>
    /// <param name="ours">Whether it is for a node of ours.</param>
    /// <param name="isRepair">Whether it may be a value that is no list.</param>
    /// <returns>False when the value is too long for the node.</returns>
    public bool TryWriteNext(Span<byte> request, ReadOnlySpan<byte> key, bool ours, bool isRepair)
    {
        ReadOnlySpan<byte> rest = _list.AsSpan(_position, _length - _position);
        if (isRepair && _position == 0 && !HolderList.IsList(rest))
        {
            _position = _length;
            if (rest.Length > (ours ? CsFrame.MaximumValue : RingFrame.LongestForOriginal))
            {
                return false;
            }

            // Another client may be repairing the same key: only one copy may be stored.
            CsFrame.WriteRequest(request, CsFrame.Put, key, rest, ours ? CsFrame.FlagIfAbsent : (byte)0);
            return true;
        }

        int length = HolderList.WholePrefix(rest, RingFrame.LongestForOriginal);
        if (length < 0)
        {
            // Something that is no holder stands in a list: it goes back too, cut at a space where there is one.
            length = rest[..RingFrame.LongestForOriginal].LastIndexOf((byte)' ');
            length = length > 0 ? length : RingFrame.LongestForOriginal;
        }

        CsFrame.WriteRequest(request, CsFrame.Put, key, rest[..length], 0);
        while (length < rest.Length && rest[length] is (byte)' ' or (>= 9 and <= 13))
        {
            length++;
        }

        _position += length;
        return true;
    }
}
