using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// One operation on the ring: a verb, a key, a value, and after <see cref="RingClient.Start"/> its way from node to node.
/// May be used again once it is no longer pending. Belongs to the thread of its <see cref="RingClient"/>.
/// </summary>
internal sealed class RingOperation
{
    private readonly RingRun _run;
    private byte[] _key = [];
    private byte[] _value = [];
    private byte[] _result = [];

    /// <summary>Prepares an operation that does nothing yet.</summary>
    public RingOperation() => _run = new RingRun(this);

    /// <summary>What is done.</summary>
    public RingVerb Verb { get; private set; }

    /// <summary>The key, 0 … 255 bytes.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>The value it takes; of Register and Withdraw the holder.</summary>
    public ReadOnlySpan<byte> Argument => _value;

    /// <summary>The one node to ask, or −1.</summary>
    public int OnlyNode { get; private set; } = -1;

    /// <summary>How it ended; Done before it was ever started.</summary>
    public RingResult Result { get; private set; } = RingResult.Done;

    /// <summary>The value that a GET found (for <see cref="RingVerb.Identify"/> the node's identity line, empty for a C node).</summary>
    public ReadOnlySpan<byte> Value => _result;

    /// <summary>For <see cref="RingVerb.Identify"/>: what the node is.</summary>
    public PeerKind Kind { get; private set; }

    /// <summary>Why nobody was reached or nobody would do it: "node 3, 10.0.0.7:50003:
    /// refused; node 4, 10.0.0.8:50004: timed out". Else empty.</summary>
    public string Failure { get; internal set; } = string.Empty;

    /// <summary>The last node's failure (<see cref="PeerFailure"/>), or 0.</summary>
    public int FailureCode { get; internal set; }

    /// <summary>When the operation was started, and when it ended; nanoseconds of the monotonic clock.</summary>
    public long Started { get; private set; }

    /// <inheritdoc cref="Started"/>
    public long Ended { get; private set; }

    /// <summary>A registration ends on nodes of ours when it is not renewed
    /// (<see cref="RingVerb.RenewLease"/>). Set before each start; C nodes are not told.</summary>
    public bool IsLease { get; set; }

    /// <summary>Anything the caller wants to find again.</summary>
    public int Tag { get; set; } = -1;

    /// <summary>Says what to do; the bytes are copied.</summary>
    /// <param name="verb">What to do.</param>
    /// <param name="key">At most 255 bytes.</param>
    /// <param name="value">At most 255 bytes; of Register and Withdraw the holder, "ADDRESS PORT".</param>
    /// <param name="onlyNode">−1: owner and replica; else the index of the one node to ask.</param>
    public RingOperation Set(RingVerb verb, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value = default, int onlyNode = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, CsFrame.MaximumKey);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, CsFrame.MaximumValue);
        Verb = verb;
        if (!key.SequenceEqual(_key))
        {
            _key = key.ToArray();
        }

        // As the C program registers itself: its clients take a holder for the node they are connected
        // to only with the newline of its line, and open a connection for every file otherwise.
        bool line = verb == RingVerb.Register && value.Length is > 0 and < CsFrame.MaximumValue && value[^1] != '\n';
        if (!(line ? _value.AsSpan().EndsWith("\n"u8) && value.SequenceEqual(_value.AsSpan(0, _value.Length - 1))
            : value.SequenceEqual(_value)))
        {
            _value = line ? [.. value, (byte)'\n'] : value.ToArray();
        }

        OnlyNode = onlyNode;
        return this;
    }

    /// <summary>Begins; called by the client alone.</summary>
    internal void Begin(RingClient client)
    {
        Started = Clock.Monotonic();
        Result = RingResult.Pending;
        Failure = string.Empty;
        FailureCode = 0;
        Found(default);
        _run.Begin(client);
    }

    /// <summary>A node answered with a value, or said what it is.</summary>
    internal void Found(ReadOnlySpan<byte> value, PeerKind kind = PeerKind.Unknown)
    {
        _result = value.ToArray();
        Kind = kind;
    }

    /// <summary>It is over.</summary>
    internal void End(RingResult result)
    {
        Result = result;
        Ended = Clock.Monotonic();
        Failure = result is RingResult.Done or RingResult.NotFound ? string.Empty : Failure;
    }
}
