namespace Epollsrv.Engine;

/// <summary>
/// What a connection received before its turn: the loop takes several jobs from the queue, receives for all of them, lets their
/// protocols ask the processor for the memory that the requests will need, and only then runs them. The cache misses of a key space larger
/// than the caches (two in a row for each key) then pass while the next receive runs, and receiving and sending each stay warm.
/// Only connections in the plainest state take part; belongs to the loop's thread.
/// </summary>
internal unsafe struct ReceiveAhead
{
    /// <summary>
    /// Most jobs taken together: enough for the misses to overlap, few enough that a helper finds work and no reply waits long.
    /// </summary>
    public const int Most = 16;

    /// <summary>
    /// Bytes received ahead for one connection; who has more to say goes on with the thread's own buffer. A request with a value of 16 KB
    /// fits. More would be copied once more of a long value, which is otherwise received where it stays
    /// (<see cref="RequestBody.Receive"/>).
    /// </summary>
    public const int Bytes = 20 * 1024;

    /// <summary>The job.</summary>
    public Job Job;

    /// <summary>Whether readiness was taken and recv called; otherwise the job runs as any other.</summary>
    public bool IsReceived;

    /// <summary>The state word as it was taken (<see cref="ConnectionState.TakeReadiness"/>).</summary>
    public ulong State;

    /// <summary>What recv returned.</summary>
    public nint Count;

    /// <summary>What <see cref="ProtocolEntry.Prefetch"/> wants to be told again; 0: nothing.</summary>
    public ulong Hint;
}
