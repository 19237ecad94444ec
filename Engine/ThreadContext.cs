using System;
using System.Runtime.CompilerServices;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// What a thread of the engine carries from job to job: its buffers, its counters, and the connection it owns just now. Protocols
/// get it as their only way to the engine. One per thread, made at start, never shared.
/// </summary>
internal sealed unsafe class ThreadContext
{
    /// <summary>Bytes of the receive buffer: the most one recv brings.</summary>
    public const int ReceiveBytes = 64 * 1024;

    /// <summary>Most protocols there can be.</summary>
    public const int MostProtocols = 8;

    /// <summary>What this thread counted; others may read it.</summary>
    public readonly Counters* Counters;

    /// <summary>How long this thread's requests took, by protocol; others may read it.</summary>
    public readonly LatencyHistogram* Latencies;

    /// <summary>Where replies are written.</summary>
    public readonly ReplyOutput Output;

    /// <summary>What replies wait for.</summary>
    public readonly RequestGate Gate;

    /// <summary>The last part of the request, if it was received apart.</summary>
    public RequestBody Body;

    /// <summary>The thread's receive buffer.</summary>
    internal readonly byte* ReceiveBuffer;

    // How long a thread works for one connection while others wait. Everybody waits for the loop; a worker's turn is longer because a long
    // request often needs so much, and what waits there is long too.
    private const long WorkerShareNanoseconds = 4_000_000;
    private const long LoopShareNanoseconds = 250_000;

    private readonly long _shareNanoseconds;
    private bool _stop;

    /// <summary>Makes a thread's context. Called by the thread that starts the server.</summary>
    public ThreadContext(Server server, int index, bool onEventLoop)
    {
        Server = server;
        Index = index;
        OnEventLoop = onEventLoop;
        _shareNanoseconds = onEventLoop ? LoopShareNanoseconds : WorkerShareNanoseconds;
        int buffers = ReceiveBytes + ReplyOutput.Capacity;
        byte* memory = NativeRegion.Reserve(buffers + sizeof(Counters) + (MostProtocols * sizeof(LatencyHistogram)));
        ReceiveBuffer = memory;
        Counters = (Counters*)(memory + buffers);
        Latencies = (LatencyHistogram*)(Counters + 1);
        Output = new ReplyOutput(this, memory + ReceiveBytes);
        Gate = new RequestGate(this, Output);
    }

    /// <summary>The server.</summary>
    public Server Server { get; }

    /// <summary>0 for the loop, 1 … for workers.</summary>
    public int Index { get; }

    /// <summary>Whether this is the event loop's thread, which must not run anything long.</summary>
    public bool OnEventLoop { get; }

    /// <summary>The kernel's number of the thread, 0 before it runs: for its CPU time (<see cref="Native.Clock.CpuTimeOf"/>).</summary>
    public int ThreadNumber { get; internal set; }

    /// <summary>What the protocols keep per thread; made by <see cref="ServerOptions.CreateContext"/>.</summary>
    public object? Context { get; set; }

    /// <summary>Monotonic nanoseconds at the start of this job: the only clock a command inside a batch may use.</summary>
    public long Started { get; internal set; }

    /// <summary>Milliseconds since 1970 at the start of this job.</summary>
    public long Now => (Started + Server.WallOffset) / 1_000_000;

    /// <summary>The connection this thread owns now.</summary>
    public ConnectionSlot* Connection { get; private set; }

    /// <summary>Its token: names it to other connections, which act on it by <see cref="ConnectionSignals"/>.</summary>
    public ulong Token { get; private set; }

    /// <summary>The protocol's own bytes of this connection (<see cref="ConnectionSlot.ProtocolBytes"/>).</summary>
    public byte* ProtocolState => Connection->ProtocolState;

    /// <summary>
    /// Whether the batch must end here although more requests may be complete: the output limit is reached, the connection is broken or
    /// about to close, or the request was handed to a worker. Protocols ask after each request and return what they consumed.
    /// </summary>
    public bool ShouldStop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _stop;
    }

    /// <summary>Where replies may wait for the end of the batch that runs; null: the thread runs no batches.</summary>
    internal KeptReplies? Kept { get; set; }

    /// <summary>What <see cref="ReceiveAhead"/> received for the connection; null: nothing, or it was taken.</summary>
    internal byte* Ahead { get; set; }

    /// <summary>What that recv returned.</summary>
    internal nint AheadCount { get; set; }

    /// <summary>The batch has had its share of the thread: what is left of it is looked at after the others' work.</summary>
    public bool ShareUsed { get; private set; }

    /// <summary>The connection cannot be written to any more: what is written is thrown away.</summary>
    internal bool Broken { get; private set; }

    internal bool CloseRequested { get; private set; }

    /// <summary>−errno of the recv or send that failed in this round, or 0.</summary>
    public int SocketError { get; internal set; }

    /// <summary>The last recv of this round found nothing.</summary>
    internal bool InputDrained { get; set; }

    internal bool Deferred { get; private set; }

    internal bool PauseRequested { get; private set; }

    /// <summary>The connection goes on with another protocol; the caller returns what it consumed and the rest goes to that one.</summary>
    public void SwitchProtocol(int protocol) => Connection->Protocol = (byte)protocol;

    /// <summary>Sends what is written, then ends the connection. The rest of the input is thrown away.</summary>
    public void CloseAfterFlush()
    {
        CloseRequested = true;
        _stop = true;
    }

    /// <summary>Ends the connection at once with a reset: for peers that get no answer.</summary>
    public void Abort()
    {
        Socket.ResetOnClose(Connection->Descriptor);
        Break();
    }

    /// <summary>
    /// The next request is long. On the event loop: answers true, and the caller returns what it consumed before that request; a
    /// worker gets it again. On a worker: answers false, run it.
    /// </summary>
    public bool DeferLong()
    {
        if (!OnEventLoop)
        {
            return false;
        }

        RunAgain();
        Counters->LongJobs++;
        return true;
    }

    /// <summary>The request is not answered yet although it has begun: it comes again, to a worker, after the others' work.</summary>
    public void RunAgain()
    {
        Deferred = true;
        _stop = true;
    }

    /// <summary>
    /// For protocols, between two requests of a batch: after one that may have been long, and after every few dozen short ones, whose time
    /// nobody else looks at. Ends the batch when its share of the thread is used up.
    /// </summary>
    public void LookAtTime() => LookAtTime(Clock.Monotonic());

    /// <summary>The same for who has just read the clock.</summary>
    public void LookAtTime(long now)
    {
        if (now - Started > _shareNanoseconds)
        {
            ShareUsed = true;
            _stop = true;
        }
    }

    /// <summary>Stops consuming this connection's input until a message is posted to it (CLIENT PAUSE, blocking commands).</summary>
    public void PauseInput()
    {
        PauseRequested = true;
        _stop = true;
    }

    /// <summary>Whether the peer sends nothing more: it has closed the connection or its sending half. Costs a system call.</summary>
    public bool HasPeerEnded => Descriptor.Poll(Connection->Descriptor, PollEntry.ReadHangUp, 0) > 0;

    /// <summary>Whether the timer of <see cref="Deadlines.SetTimer"/> is set.</summary>
    public bool HasTimer => (Connection->Flags & ConnectionFlags.HasTimer) != 0;

    /// <summary>Looks at no further request before all output is with the kernel: for replies that hold a descriptor each.</summary>
    public void StopUntilFlushed()
    {
        Connection->Flags |= ConnectionFlags.AwaitsFlush;
        _stop = true;
    }

    /// <summary>Says that the next look is only worth it with at least so many bytes of input (from the first unconsumed one).</summary>
    public void NeedInput(long bytes) => Connection->Needed = (int)Math.Min(bytes, int.MaxValue);

    /// <summary>Asks for <see cref="ProtocolEntry.Ended"/> when the connection ends.</summary>
    public void KeepSession() => Connection->Flags |= ConnectionFlags.HasSession;

    /// <summary>Starts work on a connection this thread has become the owner of.</summary>
    internal void Begin(ConnectionSlot* slot, ulong token)
    {
        Connection = slot;
        Token = token;
        Ahead = null;
        Output.Begin();
        BeginBatch();
    }

    /// <summary>Memory ran out in the middle of the protocol's work: nothing of that is left but the connection's end.</summary>
    internal void GiveUp()
    {
        Ahead = null;
        Gate.GiveUp();
        Output.GiveUp();
        Abort();
    }

    /// <summary>The connection cannot be written to any more.</summary>
    internal void Break()
    {
        Broken = true;
        _stop = true;
    }

    /// <summary>The batch ends after the present request.</summary>
    internal void StopBatch() => _stop = true;

    /// <summary>Forgets what the last batch asked for.</summary>
    internal void BeginBatch()
    {
        Broken = false;
        CloseRequested = false;
        InputDrained = false;
        Deferred = false;
        PauseRequested = false;
        ShareUsed = false;
        SocketError = 0;
        _stop = false;
    }
}
