using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>Lists of holders that are put on a node piece by piece: what a withdrawal from a C node leaves, and what a restarted owner lacks.</content>
internal sealed partial class RingOperation
{
    private int _listLength;
    private int _listPosition;

    // A C node's list, before a registration or withdrawal there.
    private void GotList(bool found)
    {
        ReadOnlySpan<byte> list = found ? CsFrame.ReplyValue(_reply) : default;
        bool listed = HolderList.ContainsAll(list, _value);
        if (Verb == RingVerb.Register)
        {
            if (listed)
            {
                NodeDone(true, false);
            }
            else if (found && list.Length + 1 + _value.Length > CsFrame.ReplyCapacity(_key.Length))
            {
                // It would overrun its reply buffer on the next GET.
                NodeDone(false, true);
            }
            else
            {
                GoTo(_node, Step.Put);
            }

            return;
        }

        _listLength = listed ? HolderList.Remove(list, _value, _list) : -1;
        _listPosition = 0;
        if (_listLength < 0)
        {
            NodeDone(false, false);
        }
        else
        {
            GoTo(_node, Step.Delete);
        }
    }

    private bool HasRest() => _listPosition < _listLength;

    // The next holders to put back, as many as the original reads in one value; or a whole value that is no list.
    private bool PrepareList(bool ours, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> rest = _list.AsSpan(_listPosition, _listLength - _listPosition);
        if (_step == Step.Repair && _listPosition == 0 && !HolderList.IsList(rest))
        {
            _listPosition = _listLength;
            if (rest.Length > (ours ? CsFrame.MaximumValue : LongestForOriginal))
            {
                return false;
            }

            // Another client may be repairing the same key: only one copy may be stored.
            CsFrame.WriteRequest(_request, CsFrame.Put, key, rest, ours ? CsFrame.FlagIfAbsent : (byte)0);
            return true;
        }

        int length = HolderList.WholePrefix(rest, LongestForOriginal);
        if (length < 0)
        {
            // Something that is no holder stands in a list: it goes back too, cut at a space where there is one.
            length = rest[..LongestForOriginal].LastIndexOf((byte)' ');
            length = length > 0 ? length : LongestForOriginal;
        }

        CsFrame.WriteRequest(_request, CsFrame.Put, key, rest[..length], 0);
        while (length < rest.Length && rest[length] is (byte)' ' or (>= 9 and <= 13))
        {
            length++;
        }

        _listPosition += length;
        return true;
    }
}
