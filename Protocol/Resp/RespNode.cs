using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>What all RESP connections of a node share. Made before the threads start.</summary>
internal sealed unsafe partial class RespNode
{
    /// <summary>The version of Redis whose commands, replies and errors these are.</summary>
    public static ReadOnlySpan<byte> RedisVersion => "7.0.15"u8;

    private long _failedLogins;
    private int _attention;
    private int _isOverMaximum;
    private int _keyEvents;

    /// <summary>The connections' sessions. Any thread.</summary>
    public RespSessionTable Sessions { get; } = new();

    /// <summary>The threads' calls, for their statistics. Filled before the threads start.</summary>
    public List<RespCall> Calls { get; } = [];

    /// <summary>Whether something is on that the fast dispatch does not look after (<see cref="Attend"/>). Any thread.</summary>
    public bool IsAttentive => Volatile.Read(ref _attention) != 0; // pairs with Attend

    /// <summary>The keyspace notifications that are on; none while nobody could get them. Any thread.</summary>
    public KeyEvents KeyEvents => (KeyEvents)Volatile.Read(ref _keyEvents); // pairs with ConfigureKeyEvents

    /// <summary>Sends every command of every connection through the slower dispatch, which looks at pauses, monitors and the like,
    /// as long as more were turned on than off. Any thread.</summary>
    public void Attend(bool on) => Interlocked.Add(ref _attention, on ? 1 : -1); // pairs with IsAttentive

    /// <summary>
    /// Sends commands through the slower dispatch, which refuses writes, while more memory is in use than allowed and none can be made. To be called
    /// when the maximum, the policy or the memory outside the store may have changed. Any thread.
    /// </summary>
    public void NoteMemory(KeyValueStore store)
    {
        int over = store.IsOverMaximum && store.IsOutOfMemory ? 1 : 0;
        if (Interlocked.Exchange(ref _isOverMaximum, over) != over) // pairs with itself: each change is counted once
        {
            Attend(over != 0);
        }
    }

    /// <summary>Hard limit, soft limit and its seconds for the output of replicas, which do not exist: what CONFIG SET said. Replaced whole. Any thread.</summary>
    public long[] ReplicaOutputLimits { get; set; } = [256 << 20, 64 << 20, 60];

    /// <summary>Milliseconds before a wrong password is answered. Set before the threads start.</summary>
    public int LoginDelay { get; set; } = 250;

    /// <summary>Wrong passwords since the start. Any thread.</summary>
    public long FailedLogins => Volatile.Read(ref _failedLogins); // pairs with NoteFailedLogin

    /// <summary>Counts a wrong password. Any thread.</summary>
    public void NoteFailedLogin() => Interlocked.Increment(ref _failedLogins); // pairs with FailedLogins

    /// <summary>Adds a thread's call.</summary>
    public void Register(RespCall call) => Calls.Add(call);
}
