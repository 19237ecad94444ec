using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>What the answer of a node comes to, and the answers of all.</content>
internal sealed partial class RingOperation
{
    private void GotValue(bool ok, NodeKind kind)
    {
        _answers++;
        if (Verb == RingVerb.Identify)
        {
            ReadOnlySpan<byte> line = ok ? CsFrame.ReplyValue(_reply) : default;
            Kind = line.StartsWith(CsFrame.IdentityPrefix) ? NodeKind.Ours : NodeKind.Original;
            _result = line.ToArray();
            Finish(RingResult.Done);
        }
        else if (ok)
        {
            ReadOnlySpan<byte> value = CsFrame.ReplyValue(_reply);
            _result = value.ToArray();
            if (_node == _replica && _answers == 2)
            {
                // The owner answered "none" and the replica has it: the owner has been restarted.
                value.CopyTo(_list);
                _listLength = value.Length;
                _listPosition = 0;
                if (kind == NodeKind.Ours && _key.Length <= CsFrame.LongestPartialName && HolderList.IsList(value))
                {
                    GoTo(_node, Step.Leases);
                }
                else
                {
                    GoTo(_owner, Step.Repair);
                }

                return;
            }

            Finish(RingResult.Done);
        }
        else if (CsFrame.IsTooLong(_reply))
        {
            Finish(RingResult.TooLong);
        }
        else if (_node == _owner && _replica >= 0)
        {
            GoTo(_replica, Step.Start);
        }
        else
        {
            Conclude();
        }
    }

    // One node of a writing verb has answered for good.
    private void NodeDone(bool success, bool refusal)
    {
        _answers++;
        _successes += success ? 1 : 0;
        if (refusal)
        {
            _refusals++;
            string why = _client!.Nodes[_node].Name + ": refused the value (full, not allowed, or its list of holders is as long as a frame)";
            Failure = Failure.Length == 0 ? why : Failure + "; " + why;
        }

        if (_node == _owner && _replica >= 0)
        {
            GoTo(_replica, Step.Start);
        }
        else
        {
            Conclude();
        }
    }

    private void Conclude() => Finish(
        Verb == RingVerb.Holders && _result.Length > 0 ? RingResult.Done
        : _refusals > 0 ? RingResult.Refused
        : _successes > 0 ? RingResult.Done
        : _answers > 0 ? RingResult.NotFound
        : RingResult.Unreachable);
}
