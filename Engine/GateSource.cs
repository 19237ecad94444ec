namespace Epollsrv.Engine;

/// <summary>
/// What the log shows to the <see cref="ReplyGate"/>: native memory that belongs to the gate and is written by the log. A position is a
/// number that grows with every record as long as the process lives, also when the log is turned off and on; 0 stands for "nothing to wait
/// for".
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
}
