namespace Epollsrv.Engine;

/// <summary>What a connection may hold, and what becomes of one that holds too much, or for which there is no memory. Owner only.</summary>
internal static unsafe class ConnectionLimits
{
    /// <summary>
    /// Counts bytes that a command of this connection is at work on, outside of the engine's buffers: against --max-buffers, and to the
    /// connection when somebody has to give way. Negative: no more.
    /// </summary>
    public static void Hold(this Turn turn, long bytes)
    {
        // Most give back nothing, and all threads write the count.
        if (bytes != 0)
        {
            turn.Server.Buffers.Charge(bytes);
            turn.HoldPooled(bytes);
        }
    }

    /// <summary>The same for buffers of the engine's pool, which are counted already.</summary>
    public static void HoldPooled(this Turn turn, long bytes)
    {
        turn.Connection->Held += bytes;
        if (bytes > 0 && turn.Server.Buffers.IsOverLimit)
        {
            GiveWay(turn);
        }
    }

    /// <summary>Ends the connection when the kernel has not taken all but so many bytes of replies: for peers without a password.</summary>
    public static void LimitUnsent(this Turn turn, int most)
    {
        if (turn.Gate.IsOn)
        {
            turn.Gate.EndRequest();
        }

        if (turn.Output.Length > most)
        {
            turn.Output.Flush();
        }

        if (turn.Connection->OutputBytes > most && !turn.Broken && !turn.Server.Gate.Holds(turn.Connection))
        {
            turn.Counters->TimedOut++;
            turn.Abort();
        }
    }

    /// <summary>Output was queued: stops the batch past --max-output.</summary>
    public static void CheckOutput(Turn turn)
    {
        if (turn.Connection->OutputBytes > turn.Server.Options.MaxOutput)
        {
            turn.StopBatch();
        }

        if (turn.Server.Buffers.IsOverLimit)
        {
            GiveWay(turn);
        }
    }

    /// <summary>A part of the output is missing: nothing more is sent, and the connection ends after the present command.</summary>
    public static void FailForMemory(Turn turn)
    {
        if (!turn.Broken)
        {
            turn.Server.Log(4, "no memory for a reply, its connection is closed");
            turn.Abort();
        }
    }

    // All pending bytes together have passed their limit, and the loop is to close who holds most. Who holds more than half is that in any
    // case, and nobody else could end it in the middle of a command.
    private static void GiveWay(Turn turn)
    {
        Server server = turn.Server;
        server.Loop.Wake();
        if (turn.Broken)
        {
            return;
        }

        if (turn.Connection->Held - server.Gate.Excused((int)(uint)turn.Token) > server.Buffers.Limit / 2)
        {
            turn.Counters->TimedOut++;
            server.Log(4, "all pending bytes passed --max-buffers, more than half of them a single connection's, which is closed");
            turn.Abort();
        }
        else if (ConnectionState.IsClosing(&turn.Connection->State))
        {
            turn.Abort();
        }
    }
}
