using System;
using System.Globalization;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// The way of an operation from frame to frame and node to node. One frame is
/// under way at a time. Belongs to the thread of its <see cref="RingClient"/>.
/// </summary>
internal sealed class RingRun : RingExchange
{
    private readonly RingOperation _operation;
    private readonly HolderRest _rest = new();
    private RingClient? _client;
    private int _owner;
    private int _replica;
    private int _node;
    private RingStep _step;
    private RingTally _tally;

    // When the first node's time began.
    private long _active;

    /// <summary>Prepares for an operation.</summary>
    public RingRun(RingOperation operation) => _operation = operation;

    public override bool NeedsKind => RingFrame.NeedsKind(_operation, _step);

    public override bool AsksKind => Verb == RingVerb.Identify;

    private RingVerb Verb => _operation.Verb;

    public void Begin(RingClient client)
    {
        _client = client;
        _tally = default;
        _active = 0;
        Deadline = 0;
        bool isOne = _operation.OnlyNode >= 0;
        _owner = isOne ? _operation.OnlyNode : client.Map.Owner(_operation.Key);
        _replica = isOne ? -1 : client.Map.Replica(_owner);
        GoTo(_owner, RingStep.Start);
    }

    /// <summary>
    /// Half of an operation's time when there is a replica to go on to. All frames of one node share it; only
    /// a withdrawal from a C node has the same time again for each frame that puts other holders back, so that none is lost for being late.
    /// </summary>
    public override void BeginClock(long now, long timeout)
    {
        if (Deadline != 0)
        {
            return;
        }

        _active = _active == 0 ? now : _active;
        Deadline = now + (_replica >= 0 ? timeout / 2 : timeout);
        if (_step == RingStep.Repair)
        {
            Deadline = Math.Min(Deadline, _active + timeout);
        }
    }

    public override int Prepare(PeerKind kind)
    {
        IsPrepared = true;
        _step = _step == RingStep.Start ? RingFrame.FirstStep(Verb, kind == PeerKind.Ours) : _step;
        return RingFrame.Write(Request, _operation, _step, kind, _rest);
    }

    public override void Replied(PeerKind kind)
    {
        bool ok = CsFrame.Status(Reply) == CsFrame.Ok;
        switch (_step)
        {
            case RingStep.Get when Verb is RingVerb.Get or RingVerb.Identify or RingVerb.Files:
                GotValue(ok, kind);
                break;
            case RingStep.Get when Verb == RingVerb.Holders:
                GotHolders(ok);
                break;
            case RingStep.Get when Verb == RingVerb.RenewLease:
                NodeDone(ok, false);
                break;
            case RingStep.Leases:
                GotLeases(ok);
                break;
            case RingStep.Get:
                GotList(ok);
                break;
            case RingStep.Delete when kind == PeerKind.Original && Verb == RingVerb.Replace:
                GoTo(_node, RingStep.Put);
                break;
            case RingStep.Delete when kind == PeerKind.Original && Verb == RingVerb.Withdraw && !_rest.IsEmpty:
            case RingStep.PutRest when !_rest.IsEmpty:
                GoTo(_node, RingStep.PutRest);
                break;
            case RingStep.PutRest:
                NodeDone(true, false);
                break;
            case RingStep.Repair when !_rest.IsEmpty:
                GoTo(_node, RingStep.Repair);
                break;
            case RingStep.Repair:
                Finish(RingResult.Done);
                break;
            case RingStep.Delete:
                NodeDone(ok, false);
                break;
            default:
                NodeDone(ok, !ok);
                break;
        }
    }

    public override void Failed(int failure)
    {
        if (_step is RingStep.Repair or RingStep.Leases)
        {
            // The value was found; putting it back is a favour.
            Finish(RingResult.Done);
            return;
        }

        string lost = _step == RingStep.PutRest ? " while a withdrawal put the other holders of the file back; they must register again"
            : string.Empty;
        _operation.FailureCode = failure;
        Complain(PeerFailure.Describe(failure) + lost);
        bool toReplica = _node == _owner && _replica >= 0;

        // OnlyOurs is known beforehand, and no failure of the node's.
        if (failure != PeerFailure.OnlyOurs && (toReplica || _tally.Answers > 0))
        {
            string other = _client!.Nodes[toReplica ? _replica : _owner].Number.ToString(CultureInfo.InvariantCulture);
            _client.NoteDown(_node, failure, toReplica ? "; using its replica, node " + other
                : Verb is RingVerb.Get or RingVerb.Holders ? "; node " + other + ", the owner, has no such key" : "; only node " + other
                    + " was told");
        }

        GoOn();
    }

    private void Complain(string what)
    {
        string why = _client!.Nodes[_node].Name + ": " + what;
        _operation.Failure = _operation.Failure.Length == 0 ? why : _operation.Failure + "; " + why;
    }

    private void GotValue(bool ok, PeerKind kind)
    {
        _tally.Add(success: false);
        if (AsksKind)
        {
            _operation.Found(ok ? CsFrame.ReplyValue(Reply) : default, kind);
            Finish(RingResult.Done);
        }
        else if (ok)
        {
            ReadOnlySpan<byte> value = CsFrame.ReplyValue(Reply);
            _operation.Found(value);
            if (_node != _replica || _tally.Answers != 2)
            {
                Finish(RingResult.Done);
                return;
            }

            // The owner answered "none" and the replica has it: the owner has been restarted.
            _rest.Set(value);
            bool asks = kind == PeerKind.Ours && _operation.Key.Length <= CsFrame.LongestPartialName && HolderList.IsList(value);
            GoTo(asks ? _node : _owner, asks ? RingStep.Leases : RingStep.Repair);
        }
        else if (CsFrame.IsTooLong(Reply))
        {
            Finish(RingResult.TooLong);
        }
        else
        {
            GoOn();
        }
    }

    // An owner that was restarted knows none or only some; its replica then knows more.
    private void GotHolders(bool ok)
    {
        _tally.Add(ok);
        ReadOnlySpan<byte> list = ok ? CsFrame.ReplyValue(Reply) : default;
        if (list.Length > 0)
        {
            _operation.Found(list);
        }

        // Those that have the whole file come first.
        int end = list.IndexOf((byte)'\n');
        if (list.Length > 0 && !(end < 0 ? list : list[..end]).EndsWith(" partial"u8))
        {
            Finish(_tally.Result);
        }
        else
        {
            GoOn();
        }
    }

    // The replica's leases are not put back on a restarted owner: their holders register there again, and only so they stay leases.
    private void GotLeases(bool ok)
    {
        if (ok)
        {
            _rest.Remove(CsFrame.ReplyValue(Reply));
        }

        if (_rest.IsEmpty)
        {
            Finish(RingResult.Done);
        }
        else
        {
            GoTo(_owner, RingStep.Repair);
        }
    }

    // A C node's list, before a registration or withdrawal there.
    private void GotList(bool found)
    {
        ReadOnlySpan<byte> list = found ? CsFrame.ReplyValue(Reply) : default;
        ReadOnlySpan<byte> holder = _operation.Argument;
        if (Verb != RingVerb.Register)
        {
            if (_rest.SetWithout(list, holder))
            {
                GoTo(_node, RingStep.Delete);
            }
            else
            {
                NodeDone(false, false);
            }
        }
        else if (HolderList.ContainsAll(list, holder))
        {
            NodeDone(true, false);
        }
        else if (found && list.Length + 1 + holder.Length > CsFrame.ReplyCapacity(_operation.Key.Length))
        {
            // It would overrun its reply buffer on the next GET.
            NodeDone(false, true);
        }
        else
        {
            GoTo(_node, RingStep.Put);
        }
    }

    // One node of a writing verb has answered for good.
    private void NodeDone(bool success, bool refusal)
    {
        _tally.Add(success, refusal);
        if (refusal)
        {
            Complain("refused it: memory is full there (--max-memory, for files --max-registrations), its disk cannot be written (--data),"
                + " that name has as much as it may, or it is not allowed");
        }

        GoOn();
    }

    private void GoOn()
    {
        if (_node == _owner && _replica >= 0)
        {
            GoTo(_replica, RingStep.Start);
        }
        else
        {
            Finish(Verb == RingVerb.Holders && _operation.Value.Length > 0 ? RingResult.Done : _tally.Result);
        }
    }

    private void GoTo(int node, RingStep step)
    {
        bool same = node == _node && step != RingStep.Start;
        _node = node;
        _step = step;
        IsPrepared = false;
        Sent = 0;
        Deadline = !same || step is RingStep.PutRest or RingStep.Repair ? 0 : Deadline;
        _client!.Enqueue(this, node, first: same);
    }

    private void Finish(RingResult result)
    {
        _operation.End(result);
        _client!.Finished();
    }
}
