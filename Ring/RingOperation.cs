using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>
/// One operation on the ring: a verb, a key, a value, and after <see cref="RingClient.Start"/> its way from node to node.
/// May be used again once it is no longer pending. Belongs to the thread of its <see cref="RingClient"/>.
/// </summary>
internal sealed partial class RingOperation
{
    // The length bytes of the original are signed: what it is sent must stay below 128.
    private const int LongestForOriginal = 127;

    private readonly byte[] _request = GC.AllocateUninitializedArray<byte>(CsFrame.Size, pinned: true);
    private readonly byte[] _reply = GC.AllocateUninitializedArray<byte>(CsFrame.Size, pinned: true);
    private readonly byte[] _list = new byte[CsFrame.Size];
    private byte[] _key = [];
    private byte[] _value = [];
    private byte[] _result = [];

    /// <summary>What is done.</summary>
    public RingVerb Verb { get; private set; }

    /// <summary>The key, 0 … 255 bytes.</summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>How it ended; Done before it was ever started.</summary>
    public RingResult Result { get; private set; } = RingResult.Done;

    /// <summary>The value that a GET found (for <see cref="RingVerb.Identify"/> the node's identity line, empty for a C node).</summary>
    public ReadOnlySpan<byte> Value => _result;

    /// <summary>For <see cref="RingVerb.Identify"/>: what the node is.</summary>
    public NodeKind Kind { get; private set; }

    /// <summary>Why nobody was reached or nobody would do it: "node 3, 10.0.0.7:50003: refused; node 4, 10.0.0.8:50004: timed out". Else empty.</summary>
    public string Failure { get; private set; } = string.Empty;

    /// <summary>The last node's failure (<see cref="NodeFailure"/>), or 0.</summary>
    public int FailureCode { get; private set; }

    /// <summary>When the operation was started, and when it ended; nanoseconds of the monotonic clock.</summary>
    public long Started { get; internal set; }

    /// <inheritdoc cref="Started"/>
    public long Ended { get; private set; }

    /// <summary>A registration ends on nodes of ours when it is not renewed (<see cref="RingVerb.RenewLease"/>). Set before each start; C nodes are not told.</summary>
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

        if (!value.SequenceEqual(_value))
        {
            _value = value.ToArray();
        }

        OnlyNode = onlyNode;
        return this;
    }
}
