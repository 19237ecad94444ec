using System;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <content>What a <see cref="NodeConnection"/> sees of an operation: its frames, its place in a queue, its time.</content>
internal sealed partial class RingOperation
{
    private long _active;

    /// <summary>The frame to send, valid after <see cref="Prepare"/>.</summary>
    internal byte[] Request => _request;

    /// <summary>Where the reply is received.</summary>
    internal byte[] Reply => _reply;

    /// <summary>Whether <see cref="Request"/> holds the next frame already.</summary>
    internal bool IsPrepared { get; private set; }

    /// <summary>The next operation in a connection's queue.</summary>
    internal RingOperation? Next { get; set; }

    /// <summary>When the node is given up; 0: its time has not begun.</summary>
    internal long Deadline { get; private set; }

    /// <summary>Bytes of <see cref="Request"/> sent so far.</summary>
    internal int Sent { get; set; }

    /// <summary>The one node to ask, or −1.</summary>
    internal int OnlyNode { get; private set; } = -1;

    /// <summary>
    /// The node's time begins: half of an operation's time when there is a replica to go on to. All frames of one node share it; only
    /// a withdrawal from a C node has the same time again for each frame that puts other holders back, so that none is lost for being late.
    /// </summary>
    internal void BeginClock(long now, long timeout)
    {
        if (Deadline != 0)
        {
            return;
        }

        if (_active == 0)
        {
            _active = now;
        }

        Deadline = now + (_replica >= 0 ? timeout / 2 : timeout);
        if (_step == Step.Repair)
        {
            Deadline = Math.Min(Deadline, _active + timeout);
        }
    }

    /// <summary>Makes this the question what a node is, outside of any client's count of operations.</summary>
    internal void PrepareProbe(long deadline)
    {
        CsFrame.WriteRequest(_request, CsFrame.Get, CsFrame.IdentityKey, default);
        Sent = 0;
        Deadline = deadline;
    }

    /// <summary>Makes this the frame that gives the password.</summary>
    internal void PreparePassword()
    {
        CsFrame.WriteRequest(_request, CsFrame.Get, CsFrame.PasswordKey, RingPassword.Value);
        Sent = 0;
    }
}
