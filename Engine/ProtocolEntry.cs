namespace Epollsrv.Engine;

/// <summary>
/// What the engine knows of a protocol: function pointers. They run on the thread that owns the
/// connection, must not block, and must not keep a pointer into the bytes they are given.
/// </summary>
internal unsafe struct ProtocolEntry
{
    /// <summary>
    /// Consumes requests from the received bytes and writes their replies to <see cref="ThreadContext.Output"/>. Returns how many
    /// bytes were consumed: less than the length when the rest is incomplete, or when <see cref="ThreadContext.ShouldStop"/> said so.
    /// </summary>
    public delegate*<ThreadContext, byte*, int, int> Consume;

    /// <summary>
    /// Looks at received bytes that are consumed a little later, and asks the processor for the memory they need. Reads nothing that could
    /// be missing from the caches, and does nothing else. Returns what <see cref="PrefetchMore"/> is called with, 0 for nothing. May be
    /// null.
    /// </summary>
    public delegate*<ThreadContext, byte*, int, ulong> Prefetch;

    /// <summary>The second step, when what the first asked for has arrived. Null only where <see cref="Prefetch"/> is.</summary>
    public delegate*<ThreadContext, ulong, void> PrefetchMore;

    /// <summary>The connection ends (only called when <see cref="ThreadContext.KeepSession"/>
    /// was): free what belongs to it. May be null.</summary>
    public delegate*<ThreadContext, void> Ended;

    /// <summary>Bytes counted against --max-buffers that the protocol keeps for a connection, named by its token and its own bytes. Called
    /// by the loop while another thread may own the connection: a hint. May be null.</summary>
    public delegate*<Server, ulong, byte*, long> Kept;

    /// <summary>
    /// A message of another connection arrived, or <see cref="ThreadContext.Server"/> asked for a look. Null: its bytes are appended
    /// to the output as they are.
    /// </summary>
    public delegate*<ThreadContext, PostedMessage*, void> Posted;

    /// <summary>
    /// The kernel has all queued output of a connection with a session (<see cref="ThreadContext.KeepSession"/>): more may be written. Not
    /// called when output never had to be queued. May be null.
    /// </summary>
    public delegate*<ThreadContext, void> Drained;

    /// <summary>
    /// Whether the connection, which has nothing to do, stays open in an orderly stop until all others are closed and
    /// <see cref="ServerOptions.FinishStop"/> lets it end. Null: no connection does.
    /// </summary>
    public delegate*<ThreadContext, bool> EndsLast;
}
