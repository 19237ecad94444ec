using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What few connections have: a name, a transaction, subscriptions. Made when first needed, ended with the connection. Native memory of
/// <see cref="RespSessionTable"/>, which is used again but never given back, so that other
/// threads may read numbers of it in passing. Owner only, except for members that say otherwise.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RespSession
{
    /// <summary>What is said to a client when nothing more can be kept for it.</summary>
    public static System.ReadOnlySpan<byte> NoRoom => "OOM what is kept for connections would pass --max-buffers"u8;

    /// <summary>The connection's token: names it for <see cref="ConnectionSignals.Post"/>
    /// and <see cref="ConnectionSignals.Kill"/>. Any thread.</summary>
    public ulong Token;

    /// <summary>The connection's number. Any thread.</summary>
    public long Identifier;

    /// <summary>Its place in <see cref="RespSessionTable"/>.</summary>
    public int Index;

    /// <summary>The place that is free after this one, while this one is. Only under the table's lock.</summary>
    public int NextFree;

    /// <summary>What CLIENT SETNAME gave.</summary>
    public KeptText Name;

    /// <summary>What CLIENT SETINFO LIB-NAME gave.</summary>
    public KeptText LibraryName;

    /// <summary>What CLIENT SETINFO LIB-VER gave.</summary>
    public KeptText LibraryVersion;

    /// <summary>What was queued since MULTI, and the WATCHes. Any thread may look at its numbers.</summary>
    public Transaction Transaction;

    /// <summary>The connection's subscriptions. Any thread may look at its numbers.</summary>
    public SubscriptionSet Subscriptions;

    /// <summary>The monitor before this one. Only under the lock of <see cref="Monitors"/>.</summary>
    public RespSession* PreviousMonitor;

    /// <summary>The monitor after this one. Only under the lock of <see cref="Monitors"/>.</summary>
    public RespSession* NextMonitor;

    /// <summary>What it is as a replica, or will be; null: nothing. In pooled memory.</summary>
    public Replica* Replica;

    /// <summary>A KEYS or SCAN that goes on when others have had their turn; null: none. In native memory.</summary>
    public ScanState* Scan;

    /// <summary>One more than the position of the log that its WAIT or WAITAOF waits for; 0: none does.</summary>
    public long WaitPosition;

    /// <summary>How many replicas its WAIT waits for. Under the lock of <see cref="ReplicaWaiters"/>.</summary>
    public long WaitReplicas;

    /// <summary>Whether it is among those that wait. Under that lock.</summary>
    public bool IsWaiter;

    /// <summary>The one before it. Under that lock.</summary>
    public RespSession* PreviousWaiter;

    /// <summary>The one after it. Under that lock.</summary>
    public RespSession* NextWaiter;

    /// <summary>When that gives up, by the monotonic clock in milliseconds; 0: never.</summary>
    public long WaitDeadline;

    private int _cutOff;
    private long _aboveSince;

    /// <summary>Bytes that are kept for the connection beyond its buffers, all of them
    /// counted against --max-buffers. Any thread: a hint, each part read whole.</summary>
    public readonly long KeptBytes => Name.Capacity + LibraryName.Capacity + LibraryVersion.Capacity + Transaction.KeptBytes
        + Subscriptions.KeptBytes;

    /// <summary>Whether the connection was cut off because it did not take its messages.</summary>
    public readonly bool IsCutOff => _cutOff != 0;

    /// <summary>
    /// Notes how much of the connection's output is unsent: with every message, and again after the milliseconds that it answers
    /// while that is above the soft limit. So what falls below it in between, and rises again, is seen, as by Redis's cron.
    /// </summary>
    /// <param name="output">Unsent bytes.</param>
    /// <param name="options">Have the limit.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="isOver">Whether it has been above for as long as it may.</param>
    public int TimeAboveSoftLimit(long output, RespOptions options, long now, out bool isOver)
    {
        const int look = 1000;
        long limit = options.SoftSubscriberOutput;
        if (limit == 0 || output <= limit)
        {
            _aboveSince = 0;
            isOver = false;
            return 0;
        }

        _aboveSince = _aboveSince == 0 ? now : _aboveSince;
        long left = (options.SoftOutputSeconds * 1000) - ((now - _aboveSince) / 1_000_000);
        isOver = left < 0;
        return (int)System.Math.Clamp(left + 1, 1, look);
    }

    /// <summary>Cuts the connection off; true the first time.</summary>
    public bool CutOff() => Interlocked.Exchange(ref _cutOff, 1) == 0; // pairs with itself

    /// <summary>RESET: back to what a new connection is. The transaction, watches and subscriptions end.</summary>
    public static void Reset(RespSession* session, CommandContext call)
    {
        call.Resp.Sessions.Clear(ref session->Name, call.Thread.Server.Buffers);
        TransactionCommands.End(call);
        EndSubscriptions(session, call);
        EndMonitoring(session, call);
    }

    /// <summary>The connection ends: gives back what is outside this structure.</summary>
    public static void End(RespSession* session, CommandContext call)
    {
        Reset(session, call);
        if (session->Scan != null)
        {
            session->Scan->Free(call);
            NativeMemory.Free(session->Scan);
            session->Scan = null;
        }

        call.Resp.Replicas.Waiters.Remove(session);
        ReplicaCommands.EndReplica(session, call);
        call.Resp.Sessions.Clear(ref session->LibraryName, call.Thread.Server.Buffers);
        call.Resp.Sessions.Clear(ref session->LibraryVersion, call.Thread.Server.Buffers);
    }

    private static void EndSubscriptions(RespSession* session, CommandContext call)
    {
        for (int slot = 0; session->Subscriptions.Total > 0; slot++)
        {
            if (session->Subscriptions.At(slot) != null)
            {
                call.Resp.PubSub.Unsubscribe(call, session, slot);
            }
        }

        // There may be a table whose first subscription there was no memory for.
        session->Subscriptions.Free(call.Thread.Server.Buffers);
    }

    private static void EndMonitoring(RespSession* session, CommandContext call)
    {
        if ((call.Connection->Flags & RespFlags.Monitor) != 0)
        {
            call.Connection->Flags &= ~RespFlags.Monitor;
            call.Resp.Monitors.Remove(session);
            call.Common.CheckCommands(false);
        }
    }
}
