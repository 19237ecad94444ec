using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What a command is like. The first nineteen bits are Redis's, in the order in which COMMAND shows them (those without a name here no
/// command has); the last ones are ours.
/// </summary>
[Flags]
internal enum CommandFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>May change keys.</summary>
    Write = 1 << 0,

    /// <summary>Reads keys and changes none.</summary>
    ReadOnly = 1 << 1,

    /// <summary>May need memory.</summary>
    DenyOutOfMemory = 1 << 2,

    /// <summary>For the operator.</summary>
    Admin = 1 << 3,

    /// <summary>About publishing and subscribing.</summary>
    PubSub = 1 << 4,

    /// <summary>Not for scripts.</summary>
    NoScript = 1 << 5,

    /// <summary>Allowed while loading.</summary>
    Loading = 1 << 7,

    /// <summary>Allowed on a stale replica.</summary>
    Stale = 1 << 8,

    /// <summary>Not in the slow log.</summary>
    SkipSlowLog = 1 << 10,

    /// <summary>Constant or logarithmic time.</summary>
    Fast = 1 << 12,

    /// <summary>Allowed before AUTH.</summary>
    NoAuth = 1 << 13,

    /// <summary>Allowed while a script is busy.</summary>
    AllowBusy = 1 << 16,

    /// <summary>Not allowed while a replica loads beside what it serves.</summary>
    NoAsyncLoading = 1 << 17,

    /// <summary>Not allowed inside a transaction.</summary>
    NoMulti = 1 << 18,

    /// <summary>All of Redis's flags.</summary>
    Redis = (1 << 19) - 1,

    /// <summary>May take long: timed by itself, and EXEC runs it on a worker.</summary>
    Long = 1 << 24,

    /// <summary>Allowed for a RESP2 connection with subscriptions.</summary>
    WhileSubscribed = 1 << 25,

    /// <summary>Run at once, not queued, between MULTI and EXEC.</summary>
    NeverQueued = 1 << 26,

    /// <summary>Has subcommands: the second argument names one.</summary>
    Container = 1 << 27,

    /// <summary>Held back by CLIENT PAUSE WRITE although it changes no key; in Redis a flag that COMMAND does not show.</summary>
    PausedAsWrite = 1 << 28,

    /// <summary>Edits a value, of which a long one that others share is copied
    /// first: EXEC, which does so with its locks, runs it on a worker.</summary>
    Edits = 1 << 29,
}
