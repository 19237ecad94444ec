namespace Epollsrv.Engine;

/// <summary>
/// What the log shows to the <see cref="ReplyGate"/>: native memory that belongs to the gate and is written by the log. A position is a
/// number that grows with every record, also when the log is turned off and on; 0 stands for "nothing to wait for". It falls only when a
/// master's data take the place of the node's (<see cref="ReplyGate.CloseLate"/>).
/// </summary>
internal unsafe struct GateSource
{
    /// <summary>Whether replies wait for the log: 0 or 1. Any thread reads it; it may change at any time. Whoever turns it off publishes
    /// <see cref="long.MaxValue"/> − 1 when nothing will ever move the position again.</summary>
    public int IsOn;

    /// <summary>The log is safe up to here. Written by <see cref="ReplyGate.Publish"/> alone, never falls while the gate is on.</summary>
    public long Durable;

    /// <summary>
    /// Answers the position that everything needs which the thread's present request has written, or has seen of others; 0: none. With true
    /// it is forgotten, because the request is over. Called only while the gate is on or was on when the batch began, on the thread that
    /// the request runs on. Null: 0.
    /// </summary>
    public delegate*<ThreadContext, bool, long> Observed;

    /// <summary>Whether the thread's present request, the one that <see cref="Observed"/> answers for, has changed something.</summary>
    public delegate*<ThreadContext, bool> HasWritten;

    /// <summary>Has the log come as far as a position, before it returns if that does not take long. Called by threads that have something
    /// to send which waits for it. Null: the log does so by itself.</summary>
    public delegate*<Server, long, void> Reach;

    /// <summary>
    /// Whether the log cannot go on: 0 or 1. Then nobody knows whether what waits will ever be safe: whoever has written is closed instead
    /// of being answered, and whoever has only looked is not held.
    /// </summary>
    public int IsFailed;

    /// <summary>Whether so much waits for the log that held connections are not read: 0 or 1.</summary>
    public int IsFull;
}
