using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>One frame to a node and its reply, and its place in the queue of a
/// <see cref="RingLink"/>. Belongs to the thread of its <see cref="RingClient"/>.</summary>
internal abstract class RingExchange
{
    /// <summary>Bytes of <see cref="Request"/> sent so far.</summary>
    public int Sent;

    /// <summary>The frame to send, valid after <see cref="Prepare"/>.</summary>
    public byte[] Request { get; } = GC.AllocateUninitializedArray<byte>(CsFrame.Size, pinned: true);

    /// <summary>Where the reply is received.</summary>
    public byte[] Reply { get; } = GC.AllocateUninitializedArray<byte>(CsFrame.Size, pinned: true);

    /// <summary>Whether <see cref="Request"/> holds the frame already.</summary>
    public bool IsPrepared { get; protected set; }

    /// <summary>When the node is given up; 0: its time has not begun.</summary>
    public long Deadline { get; protected set; }

    /// <summary>Whether the frame depends on what the node is.</summary>
    public abstract bool NeedsKind { get; }

    /// <summary>Whether the reply says what the node is.</summary>
    public abstract bool AsksKind { get; }

    /// <summary>The node's time begins, if it has not.</summary>
    public abstract void BeginClock(long now, long timeout);

    /// <summary>Writes the frame for a node of this kind.</summary>
    /// <returns>0, or why nothing is sent to it.</returns>
    public abstract int Prepare(PeerKind kind);

    /// <summary>The node replied with a frame that fits the request.</summary>
    public abstract void Replied(PeerKind kind);

    /// <summary>The node gave no answer.</summary>
    public abstract void Failed(int failure);
}
