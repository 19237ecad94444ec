using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// The engine put together: one event loop, the work queue, N workers. Made and run by one thread, which becomes the loop's;
/// members say when others may call them.
/// </summary>
internal sealed unsafe class Server
{
    /// <summary>A connection with more than this queued or unfinished is served by workers: copying it takes long.</summary>
    public const int BulkBytes = 256 * 1024;

    /// <summary>As <see cref="BulkBytes"/>, received where it stays (<see cref="RequestBody.Receive"/>), which costs less.</summary>
    public const int LongBodyBytes = 1024 * 1024;

    private readonly Worker[] _workers;

    internal int Watched;
    internal bool WorkersStop;
    private long _identifiers;
    private bool _stopping;
    private long _stopBegan;

    /// <summary>Sets everything up but opens no port; <see cref="Listen"/> does.</summary>
    /// <exception cref="SystemRefusedException">The kernel refuses a descriptor.</exception>
    public Server(ServerOptions options)
    {
        Options = options;
        Protocols = options.Protocols;
        Buffers = new BufferPool(options.MaxBuffers);
        Connections = new ConnectionTable(options.MaxClients + Connector.Most);
        Gate = new ReplyGate(this);
        Parking = new Parking();
        Queues = new JobQueues(Connections.Capacity, Parking);
        Signals = new ConnectionSignals(this);
        Connector = new Connector(this);
        StartedNanoseconds = Clock.Monotonic();
        WallOffset = Clock.Wall() - StartedNanoseconds;
        int epoll = SystemRefusedException.Check(Epoll.Create(), "a descriptor for readiness (epoll_create1)");
        Poller = new Poller(epoll, options.Rearm, Gate);
        Wakeup = new WakePolicy(this, ProcessLimits.Processors());
        Loop = new EventLoop(this);
        _workers = new Worker[Math.Max(1, options.Workers)];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(this, i + 1);
        }

        Threads = new ThreadContext[_workers.Length + 1];
        Threads[0] = Loop.Context;
        for (int i = 0; i < _workers.Length; i++)
        {
            Threads[i + 1] = _workers[i].Context;
        }

        Rate = new RequestRate(Threads);
        if (options.CreateContext != null)
        {
            foreach (ThreadContext thread in Threads)
            {
                thread.Context = options.CreateContext(this, thread);
            }
        }
    }

    /// <summary>What it was made with.</summary>
    public ServerOptions Options { get; }

    /// <summary>Protocols by number.</summary>
    public ProtocolEntry[] Protocols { get; }

    /// <summary>Where pending bytes live. Any thread.</summary>
    public BufferPool Buffers { get; }

    /// <summary>All connections. Any thread.</summary>
    public ConnectionTable Connections { get; }

    /// <summary>Holds replies until the log has reached a position. Any thread.</summary>
    public ReplyGate Gate { get; }

    /// <summary>Ends other connections, posts to them and wakes them. Any thread of the engine.</summary>
    public ConnectionSignals Signals { get; }

    /// <summary>Makes connections to others. Event loop only.</summary>
    public Connector Connector { get; }

    /// <summary>What waits for a thread. Any thread.</summary>
    public JobQueues Queues { get; }

    /// <summary>Monotonic nanoseconds when the server was made.</summary>
    public long StartedNanoseconds { get; }

    /// <summary>Wall clock since 1970 minus monotonic clock, nanoseconds; the loop corrects it when the clock is set.</summary>
    public long WallOffset { get; internal set; }

    /// <summary>Files that are being sent. Any thread.</summary>
    public FileTransfers Transfers { get; } = new();

    /// <summary>Requests and bytes a second. Any thread.</summary>
    public RequestRate Rate { get; }

    /// <summary>Whether the server is on its way down: not ready for new work. Any thread.</summary>
    public bool IsStopping => Volatile.Read(ref _stopping); // pairs with BeginStop

    /// <summary>Whether a stop was asked for, although it may still be prepared. Any thread.</summary>
    public bool IsStopRequested => IsStopping || Loop.IsStopRequested;

    /// <summary>Whether the server is going to stop, although it may still serve everything for a while. Any thread.</summary>
    public bool IsLeaving => IsStopRequested || Loop.IsStopDelayed;

    internal Parking Parking { get; }

    internal Poller Poller { get; }

    internal EventLoop Loop { get; }

    internal WakePolicy Wakeup { get; }

    /// <summary>The contexts of all threads, the loop's first: for reading counters. Any thread.</summary>
    public ThreadContext[] Threads { get; }

    /// <summary>Milliseconds since the server was made, modulo 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Milliseconds(long monotonic) => (uint)((monotonic - StartedNanoseconds) / 1_000_000);

    /// <summary>Opens the listening sockets and starts the workers: the node is then ready.</summary>
    /// <returns>False with a message for the user, which says which address and why not.</returns>
    /// <exception cref="SystemRefusedException">A worker cannot be started, or the kernel refuses a call that serving needs.</exception>
    public bool Listen(out string error)
    {
        if (!Open(out error))
        {
            return false;
        }

        StartWorkers();
        return true;
    }

    /// <summary>The first part of <see cref="Listen"/>, which starts no thread: opens the listening sockets.</summary>
    /// <inheritdoc cref="Listen"/>
    public bool Open(out string error)
    {
        NeededCalls.Check();
        return Loop.Acceptor.Listen(out error);
    }

    /// <summary>The second part of <see cref="Listen"/>.</summary>
    /// <exception cref="SystemRefusedException">A worker cannot be started.</exception>
    public void StartWorkers()
    {
        foreach (Worker worker in _workers)
        {
            worker.Start();
        }
    }

    /// <summary>The addresses really bound (port 0 replaced by the port the kernel chose).</summary>
    public SocketAddress[] BoundAddresses => Loop.Acceptor.BoundAddresses;

    /// <summary>Runs the loop on the calling thread until the server has stopped.</summary>
    /// <returns>0, also when connections had to be cut off at the end of the stop time; 1 after an internal error.</returns>
    public int Run()
    {
        int code = Loop.Run();
        StopWorkers();
        return code;
    }

    /// <summary>Begins the orderly stop. Any thread, any number of times.</summary>
    public void RequestStop() => Loop.RequestStop();

    /// <summary>Sees to it that <see cref="ServerOptions.Tick"/> is called again, soon. Cheap when it is going to be. Any thread.</summary>
    public void EnsureTick() => Loop.Timers.EnsureTick();

    internal long NextIdentifier() => ++_identifiers;

    /// <summary>Whether a stop has gone on for so long that connections are ended that send one request after the other.</summary>
    internal bool EndsBusyConnections(long now) => IsStopping && now - _stopBegan > Options.DrainTimeout * 500_000L;

    internal void BeginStop(long now)
    {
        _stopBegan = now;
        Volatile.Write(ref _stopping, true); // pairs with IsStopping; releases the time
    }

    /// <summary>Whether events of a level are written (<see cref="ServerOptions.IsLogged"/>). Any thread.</summary>
    internal bool Logs(int level) => Options.Log != null && (Options.IsLogged == null || Options.IsLogged(level));

    /// <summary>Writes an event: <see cref="ServerOptions.Log"/>. Any thread.</summary>
    internal void Log(int level, string text, params ReadOnlySpan<LogField> fields)
    {
        if (Logs(level))
        {
            Options.Log(level, text, fields);
        }
    }

    /// <summary>An error that is no connection's fault: ends the process with its context.</summary>
    internal void Fatal(ThreadContext thread, Exception exception)
    {
        if (exception is OutOfMemoryException refused)
        {
            ProcessExit.OutOfMemory(refused);
        }

        Log(3, "internal error on " + (thread.OnEventLoop ? "the event loop" : "worker " + thread.Index) + " in protocol "
            + (thread.Connection != null ? thread.Connection->Protocol : -1) + ", the process ends: " + exception);
        ProcessExit.Now(1);
    }

    private void StopWorkers()
    {
        Volatile.Write(ref WorkersStop, true); // pairs with the reads in Worker
        Parking.WakeAll();
        foreach (Worker worker in _workers)
        {
            _ = worker.Join(Options.DrainTimeout);
        }

        Loop.Close();
        Descriptor.Close(Poller.EpollDescriptor);
    }
}
