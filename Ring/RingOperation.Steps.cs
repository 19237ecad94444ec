using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>The way of an operation from frame to frame and node to node. One frame of an operation is under way at a time.</content>
internal sealed partial class RingOperation
{
    private RingClient? _client;
    private int _owner;
    private int _replica;
    private int _node;
    private Step _step;
    private int _answers;
    private int _successes;
    private int _refusals;

    private enum Step
    {
        Start,
        Get,
        Delete,
        Put,
        PutRest,
        Leases,
        Repair,
    }

    /// <summary>Whether the frame depends on what the node is.</summary>
    internal bool NeedsKind => _step is Step.Repair or Step.Leases || (Verb is not (RingVerb.Get or RingVerb.Identify)
        && (Verb is not (RingVerb.Append or RingVerb.Delete) || Long));

    /// <summary>Why <see cref="Prepare"/> answered false.</summary>
    internal int Refused { get; private set; }

    private bool IsOnlyForOurs => Verb is RingVerb.RegisterPartial or RingVerb.WithdrawPartial or RingVerb.RenewLease;

    private bool Long => _key.Length > LongestForOriginal || _value.Length > LongestForOriginal;

    /// <summary>Begins; called by the client alone.</summary>
    internal void Begin(RingClient client)
    {
        _client = client;
        Result = RingResult.Pending;
        Failure = string.Empty;
        FailureCode = 0;
        _result = [];
        Kind = NodeKind.Unknown;
        _answers = _successes = _refusals = 0;
        _active = 0;
        Deadline = 0;
        _owner = OnlyNode >= 0 ? OnlyNode : client.Map.Owner(_key);
        _replica = OnlyNode >= 0 ? -1 : client.Map.Replica(_owner);
        GoTo(_owner, Step.Start);
    }

    /// <summary>Writes the next frame for a node of this kind.</summary>
    /// <returns>False when nothing may be sent to it.</returns>
    internal bool Prepare(NodeKind kind)
    {
        IsPrepared = true;
        bool ours = kind == NodeKind.Ours;
        if (_step == Step.Start)
        {
            _step = Verb switch
            {
                RingVerb.Get or RingVerb.Identify or RingVerb.Holders or RingVerb.RenewLease => Step.Get,
                RingVerb.Append or RingVerb.RegisterPartial => Step.Put,
                RingVerb.Delete or RingVerb.WithdrawPartial => Step.Delete,
                RingVerb.Replace => ours ? Step.Put : Step.Delete,
                RingVerb.Withdraw => ours ? Step.Delete : Step.Get,
                _ => ours ? Step.Put : Step.Get,
            };
        }

        Refused = !ours && IsOnlyForOurs ? NodeFailure.OnlyOurs : NodeFailure.TooLongForOriginal;
        if (kind == NodeKind.Original && (Long || IsOnlyForOurs))
        {
            return false;
        }

        if (ours && (IsOnlyForOurs || Verb == RingVerb.Holders))
        {
            Refused = -Errno.NameTooLong;
            return PrepareReserved();
        }

        ReadOnlySpan<byte> key = Verb == RingVerb.Identify ? CsFrame.IdentityKey : _key;
        switch (_step)
        {
            case Step.Get:
                CsFrame.WriteRequest(_request, CsFrame.Get, key, default);
                break;
            case Step.Delete:
                CsFrame.WriteRequest(_request, CsFrame.Delete, key, ours && Verb == RingVerb.Withdraw ? _value : default);
                break;
            case Step.Put:
                byte flag = Verb == RingVerb.Replace ? CsFrame.FlagReplace : Verb == RingVerb.Register && IsLease ? CsFrame.FlagLease : (byte)0;
                CsFrame.WriteRequest(_request, CsFrame.Put, key, _value, ours ? flag : (byte)0);
                break;
            case Step.Leases:
                return PrepareLeases();
            default:
                return PrepareList(ours, key);
        }

        return true;
    }

    /// <summary>The node replied with a frame that fits the request.</summary>
    internal void Replied(NodeKind kind)
    {
        bool ok = CsFrame.Status(_reply) == CsFrame.Ok;
        switch (_step)
        {
            case Step.Get when Verb is RingVerb.Get or RingVerb.Identify:
                GotValue(ok, kind);
                break;
            case Step.Get when Verb == RingVerb.Holders:
                GotHolders(ok);
                break;
            case Step.Get when Verb == RingVerb.RenewLease:
                NodeDone(ok, false);
                break;
            case Step.Leases:
                GotLeases(ok);
                break;
            case Step.Get:
                GotList(ok);
                break;
            case Step.Delete when kind == NodeKind.Original && Verb == RingVerb.Replace:
                GoTo(_node, Step.Put);
                break;
            case Step.Delete when kind == NodeKind.Original && Verb == RingVerb.Withdraw && HasRest():
                GoTo(_node, Step.PutRest);
                break;
            case Step.PutRest when HasRest():
                GoTo(_node, Step.PutRest);
                break;
            case Step.PutRest:
                NodeDone(true, false);
                break;
            case Step.Repair when HasRest():
                GoTo(_node, Step.Repair);
                break;
            case Step.Repair:
                Finish(RingResult.Done);
                break;
            case Step.Delete:
                NodeDone(ok, false);
                break;
            default:
                NodeDone(ok, !ok);
                break;
        }
    }

    /// <summary>The node gave no answer.</summary>
    internal void Failed(int failure)
    {
        if (_step is Step.Repair or Step.Leases)
        {
            // The value was found; putting it back is a favour.
            Finish(RingResult.Done);
            return;
        }

        FailureCode = failure;
        string why = _client!.Nodes[_node].Name + ": " + NodeFailure.Describe(failure);
        if (_step == Step.PutRest)
        {
            why += " while a withdrawal put the other holders of the file back; they must register again";
        }

        Failure = Failure.Length == 0 ? why : Failure + "; " + why;
        bool toReplica = _node == _owner && _replica >= 0;
        if (failure == NodeFailure.OnlyOurs)
        {
            // Known beforehand, and no failure of the node's.
        }
        else if (toReplica)
        {
            _client.NoteDown(_node, failure, "; using its replica, node " + Number(_replica));
        }
        else if (_answers > 0)
        {
            string other = Number(_owner);
            _client.NoteDown(_node, failure, Verb is RingVerb.Get or RingVerb.Holders ? "; node " + other + ", the owner, has no such key" : "; only node " + other + " was told");
        }

        if (toReplica)
        {
            GoTo(_replica, Step.Start);
        }
        else
        {
            Conclude();
        }
    }

    private static string Number(int node) => (node + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private void GoTo(int node, Step step)
    {
        bool same = node == _node && step != Step.Start;
        _node = node;
        _step = step;
        IsPrepared = false;
        Sent = 0;
        if (!same || step is Step.PutRest or Step.Repair)
        {
            Deadline = 0;
        }

        _client!.Enqueue(this, node, first: same);
    }

    private void Finish(RingResult result)
    {
        Result = result;
        Ended = Clock.Monotonic();
        if (result is RingResult.Done or RingResult.NotFound)
        {
            Failure = string.Empty;
        }

        _client!.Finished();
    }
}
