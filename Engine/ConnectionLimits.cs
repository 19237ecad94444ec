namespace Epollsrv.Engine;

/// <summary>What a connection may hold, and what becomes of one that holds too much, or for which there is no memory. Owner only.</summary>
internal static unsafe class ConnectionLimits
{
    /// <summary>
    /// Counts bytes that a command of this connection is at work on, outside of the engine's buffers: against --max-buffers, and to the
    /// connection when somebody has to give way. Negative: no more.
    /// </summary>
    public static void Hold(this ThreadContext thread, long bytes)
    {
        // Most give back nothing, and all threads write the count.
        if (bytes != 0)
        {
            thread.Server.Buffers.Charge(bytes);
            thread.HoldPooled(bytes);
        }
    }

    /// <summary>The same for buffers of the engine's pool, which are counted already.</summary>
    public static void HoldPooled(this ThreadContext thread, long bytes)
    {
        thread.Connection->Held += bytes;
        if (bytes > 0 && thread.Server.Buffers.IsOverLimit)
        {
            GiveWay(thread);
        }
    }

    /// <summary>Ends the connection when the kernel has not taken all but so many bytes of replies: for peers without a password.</summary>
    public static void LimitUnsent(this ThreadContext thread, int most)
    {
        if (thread.Gate.IsOn)
        {
            thread.Gate.EndRequest();
        }

        if (thread.Output.Length > most)
        {
            thread.Output.Flush();
        }

        if (thread.Connection->OutputBytes > most && !thread.Broken && !thread.Server.Gate.Holds(thread.Connection))
        {
            thread.Counters->TimedOut++;
            thread.Abort();
        }
    }

    /// <summary>Output was queued: stops the batch past --max-output.</summary>
    public static void CheckOutput(ThreadContext thread)
    {
        if (thread.Connection->OutputBytes > thread.Server.Options.MaxOutput)
        {
            thread.StopBatch();
        }

        if (thread.Server.Buffers.IsOverLimit)
        {
            GiveWay(thread);
        }
    }

    /// <summary>A part of the output is missing: nothing more is sent, and the connection ends after the present command.</summary>
    public static void FailForMemory(ThreadContext thread)
    {
        if (!thread.Broken)
        {
            thread.Server.Log(4, "no memory for a reply, its connection is closed");
            thread.Abort();
        }
    }

    // All pending bytes together have passed their limit, and the loop is to close who holds most. Who holds more than half is that in any
    // case, and nobody else could end it in the middle of a command.
    private static void GiveWay(ThreadContext thread)
    {
        Server server = thread.Server;
        server.Loop.Wake();
        if (thread.Broken)
        {
            return;
        }

        if (thread.Connection->Held - server.Gate.Excused((int)(uint)thread.Token) > server.Buffers.Limit / 2)
        {
            thread.Counters->TimedOut++;
            server.Log(4, "all pending bytes passed --max-buffers, more than half of them a single connection's, which is closed");
            thread.Abort();
        }
        else if (ConnectionState.IsClosing(&thread.Connection->State))
        {
            thread.Abort();
        }
    }
}
