namespace Epollsrv.Engine;

/// <content>What a connection may hold, and what becomes of one that holds too much, or for which there is no memory.</content>
internal sealed unsafe partial class Turn
{
    /// <summary>
    /// Counts bytes that a command of this connection is at work on, outside of the engine's buffers: against --max-buffers, and to the connection when
    /// somebody has to give way. Negative: no more.
    /// </summary>
    public void Hold(long bytes)
    {
        // Most give back nothing, and all threads write the count.
        if (bytes != 0)
        {
            Server.Buffers.Charge(bytes);
            HoldPooled(bytes);
        }
    }

    /// <summary>The same for buffers of the engine's pool, which are counted already.</summary>
    public void HoldPooled(long bytes)
    {
        Connection->Held += bytes;
        if (bytes > 0 && Server.Buffers.IsOverLimit)
        {
            GiveWay();
        }
    }

    /// <summary>Memory ran out in the middle of the protocol's work: nothing of that is left but the connection's end.</summary>
    internal void GiveUp()
    {
        Ahead = null;
        _hold = 0;
        _later.Drop();
        Unmute();
        Abort();
    }

    /// <summary>Ends the connection when more than so many bytes of replies are not with the kernel: for peers that may not ask for anything yet.</summary>
    public void LimitUnsent(int most)
    {
        if (IsGated)
        {
            EndRequest();
        }

        if (_cursor - _reply > most)
        {
            FlushReply();
        }

        if (Connection->OutputBytes > most && !Broken && !Server.Gate.Holds(Connection))
        {
            Counters->TimedOut++;
            Abort();
        }
    }

    // A part of the output is missing: nothing more is sent, and the connection ends after the present command.
    private void FailForMemory()
    {
        if (!Broken)
        {
            Server.Log(4, "no memory for a reply, its connection is closed");
            Abort();
        }
    }

    private void CheckLimit()
    {
        _stop |= Connection->OutputBytes > Server.Options.MaxOutput;
        if (Server.Buffers.IsOverLimit)
        {
            GiveWay();
        }
    }

    // All pending bytes together have passed their limit, and the loop is to close who holds most. Who holds more than half is that in any case, and
    // nobody else could end it in the middle of a command.
    private void GiveWay()
    {
        Server.Loop.Wake();
        if (Broken)
        {
            return;
        }

        if (Connection->Held - Server.Gate.Excused((int)(uint)Token) > Server.Buffers.Limit / 2)
        {
            Counters->TimedOut++;
            Server.Log(4, "all pending bytes passed --max-buffers, more than half of them a single connection's, which is closed");
            Abort();
        }
        else if (ConnectionState.IsClosing(&Connection->State))
        {
            Abort();
        }
    }
}
