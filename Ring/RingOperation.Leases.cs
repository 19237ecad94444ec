using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>What is said to nodes of ours alone: leases, and holders of parts of files.</content>
internal sealed partial class RingOperation
{
    private bool PrepareReserved()
    {
        if (Verb == RingVerb.RenewLease)
        {
            CsFrame.WriteRequest(_request, CsFrame.Get, CsFrame.RenewKey, _value);
            return true;
        }

        byte command = Verb switch
        {
            RingVerb.RegisterPartial => CsFrame.Put,
            RingVerb.WithdrawPartial => CsFrame.Delete,
            _ => CsFrame.Get,
        };
        return PrepareAbout(command, command == CsFrame.Get ? CsFrame.HoldersKey : CsFrame.PartialKey, command == CsFrame.Get ? default : _value);
    }

    private bool PrepareLeases() => PrepareAbout(CsFrame.Get, CsFrame.LeasesKey, default);

    private bool PrepareAbout(byte command, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value)
    {
        if (_key.Length > CsFrame.LongestPartialName)
        {
            return false;
        }

        Span<byte> key = stackalloc byte[CsFrame.MaximumKey];
        prefix.CopyTo(key);
        _key.CopyTo(key[prefix.Length..]);
        CsFrame.WriteRequest(_request, command, key[..(prefix.Length + _key.Length)], value);
        return true;
    }

    // An owner that was restarted knows none or only some; its replica then knows more.
    private void GotHolders(bool ok)
    {
        _answers++;
        ReadOnlySpan<byte> list = ok ? CsFrame.ReplyValue(_reply) : default;
        _result = list.Length > 0 ? list.ToArray() : _result;
        _successes += ok ? 1 : 0;

        // Those that have the whole file come first.
        int end = list.IndexOf((byte)'\n');
        bool whole = list.Length > 0 && !(end < 0 ? list : list[..end]).EndsWith(" partial"u8);
        if (!whole && _node == _owner && _replica >= 0)
        {
            GoTo(_replica, Step.Start);
        }
        else
        {
            Conclude();
        }
    }

    // The replica's leases are not put back on a restarted owner: their holders register there again, and only so they stay leases.
    private void GotLeases(bool ok)
    {
        int left = ok ? HolderList.Remove(_list.AsSpan(0, _listLength), CsFrame.ReplyValue(_reply), _list) : -1;
        _listLength = left < 0 ? _listLength : left;
        if (_listLength == 0)
        {
            Finish(RingResult.Done);
        }
        else
        {
            GoTo(_owner, Step.Repair);
        }
    }
}
