using System;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// What a <see cref="Server"/> is started with. Sizes in bytes, times in milliseconds. Not changed while it runs, except where a member
/// says so.
/// </summary>
internal sealed unsafe class ServerOptions
{
    /// <summary>What the server is part of, for the function pointers that get only the server.</summary>
    public object? Owner { get; set; }

    /// <summary>Protocols by number; entry 0 finds out which one a connection speaks.</summary>
    public ProtocolEntry[] Protocols { get; set; } = [];

    /// <summary>Addresses to listen on.</summary>
    public SocketAddress[] Addresses { get; private set; } = [];

    /// <summary>The protocol that connections of each of <see cref="Addresses"/> begin with; 0: found out from the first bytes.</summary>
    public byte[] FirstProtocols { get; private set; } = [];

    /// <summary>The listening sockets at <see cref="Addresses"/> that the process was started with; −1: the server opens one.</summary>
    public int[] Inherited { get; private set; } = [];

    /// <summary>Mode of the Unix-domain sockets that are opened, as of files; −1: what the process's umask leaves.</summary>
    public int SocketMode { get; set; } = -1;

    /// <summary>Worker threads beside the loop; at least 1.</summary>
    public int Workers { get; set; } = 1;

    /// <summary>Who runs the jobs.</summary>
    public DispatchPolicy Dispatch { get; set; } = DispatchPolicy.Adaptive;

    /// <summary>How descriptors are re-armed.</summary>
    public RearmWay Rearm { get; set; } = RearmWay.Edge;

    /// <summary>Most connections at once. May be lowered while the server runs, and raised again up to what it was made with.</summary>
    public int MaxClients { get; set; } = 10_000;

    /// <summary>Reply to a connection over the limit, before it is closed, by the protocol that its listener begins with.</summary>
    public byte[][] RejectReplies { get; set; } = [];

    /// <summary>Queued output past which a connection is not read any more. May change while the server runs.</summary>
    public long MaxOutput { get; set; } = 256L << 20;

    /// <summary>Unfinished requests and queued output of all connections together.</summary>
    public long MaxBuffers { get; set; } = 1L << 30;

    /// <summary>Limits on the bytes a second of files; null: none.</summary>
    public Pacing? Pacing { get; set; }

    /// <summary>Bytes a connection may receive or send before others have their turn.</summary>
    public int BytesPerTurn { get; set; } = 256 * 1024;

    /// <summary>Closes a connection that was silent for so long; 0: never. May change while the server runs.</summary>
    public int IdleTimeout { get; set; }

    /// <summary>Closes a connection whose queued output made no progress for so long.</summary>
    public int WriteTimeout { get; set; } = 60_000;

    /// <summary>How long input is thrown away after an error reply, so that closing does not reset the connection and eat it.</summary>
    public int LingerTimeout { get; set; } = 1000;

    /// <summary>How long a stop waits for connections to take their replies.</summary>
    public int DrainTimeout { get; set; } = 5000;

    /// <summary>How long everything is still served after TERM, while the server says that it is stopping; 0: no time.</summary>
    public int ShutdownDelay { get; set; }

    /// <summary>Called by the loop when a stop is asked for, or TERM begins <see cref="ShutdownDelay"/>; once. Null: never.</summary>
    public delegate*<Server, void> StopAsked { get; set; }

    /// <summary>
    /// Silence after which TCP asks whether the peer is still there, seconds; 0: never. May change while the server runs: for connections
    /// accepted from then on.
    /// </summary>
    public int KeepAliveSeconds { get; set; } = 300;

    /// <summary>Waiting connections the kernel keeps.</summary>
    public int Backlog { get; set; } = 4096;

    /// <summary>Called by the loop when SIGHUP was received; must be short. Null: the signal has no effect.</summary>
    public delegate*<Server, void> HangUp { get; set; }

    /// <summary>Whether TERM and INT stop this server, and HUP does not; the process must have blocked them in all threads.</summary>
    public bool HandleSignals { get; set; }

    /// <summary>
    /// Called by the loop when its time has come; must be short. Returns the milliseconds until the next call, or 0 to be left alone
    /// until <see cref="Server.EnsureTick"/>: an idle server does not wake up at all. Null: never.
    /// </summary>
    public delegate*<Server, int> Tick { get; set; }

    /// <summary>
    /// Called by the loop once a second while it is awake anyway, for figures that may be stale on a server that sleeps; must be short.
    /// Null: never.
    /// </summary>
    public delegate*<Server, void> Refresh { get; set; }

    /// <summary>
    /// Called by the loop when it has waited, before it works, at most every 100 ms, with the present monotonic time: what is counted so
    /// far was counted before the wait. Must be short. Null: never.
    /// </summary>
    public delegate*<Server, long, void> Sample { get; set; }

    /// <summary>
    /// Called by the loop at every turn after a stop was asked for, while everything is still served, until it answers true or
    /// <see cref="DrainTimeout"/> has passed. Must not block. Null: nothing to prepare.
    /// </summary>
    public delegate*<Server, bool> PrepareStop { get; set; }

    /// <summary>
    /// Called by the loop at every turn of an orderly stop until it answers true or <see cref="DrainTimeout"/> has passed: whether those
    /// connections may end that stay open for longer than others (<see cref="ProtocolEntry.EndsLast"/>). Must not block. Null: at once.
    /// </summary>
    public delegate*<Server, bool> FinishStop { get; set; }

    /// <summary>Writes an event for the operator: 3 error, 4 warning, 6 information, 7 debug (syslog's levels). Null: silent.</summary>
    public delegate*<int, string, ReadOnlySpan<LogField>, void> Log { get; set; }

    /// <summary>Whether <see cref="Log"/> writes events of a level: saves building texts that nobody would see. Null: it does.</summary>
    public delegate*<int, bool> IsLogged { get; set; }

    /// <summary>
    /// Called by the loop for each connection that is accepted (false), and for each that epoll reports as hung up or failed (true). Null:
    /// never.
    /// </summary>
    public delegate*<bool, void> ConnectionSeen { get; set; }

    /// <summary>Makes the object each thread's <see cref="ThreadContext.Context"/> holds. Null: none.</summary>
    public delegate*<Server, ThreadContext, object> CreateContext { get; set; }

    /// <summary>
    /// Called when memory ran out in the middle of a protocol's work, whose connection is then closed: gives back what the thread holds,
    /// locks above all. Null: nothing.
    /// </summary>
    public delegate*<ThreadContext, void> GiveUp { get; set; }

    /// <summary>Adds an address to listen on. Before the server is made.</summary>
    /// <param name="address">The address.</param>
    /// <param name="protocol">As in <see cref="FirstProtocols"/>.</param>
    /// <param name="inherited">As in <see cref="Inherited"/>.</param>
    public void ListenOn(in SocketAddress address, int protocol = 0, int inherited = -1)
    {
        Addresses = [.. Addresses, address];
        Inherited = [.. Inherited, inherited];
        FirstProtocols = [.. FirstProtocols, (byte)protocol];
    }
}
