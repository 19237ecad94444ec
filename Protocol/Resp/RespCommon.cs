using System;
using System.Collections.Generic;
using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>What all RESP connections of a node share. Made before the threads start.</summary>
internal sealed class RespCommon
{
    /// <summary>The version of Redis whose commands, replies and errors these are.</summary>
    public static ReadOnlySpan<byte> RedisVersion => "7.0.15"u8;

    private int _isOverMaximum;

    /// <summary>Makes what is shared of nothing yet.</summary>
    public RespCommon(ProtocolCommon common, RespOptions options)
    {
        Common = common;
        Options = options;
        PubSub = new PubSubHub(Sessions);
        KeyEvents = new KeyEventSelection(this);
    }

    /// <summary>What the protocols share.</summary>
    public ProtocolCommon Common { get; }

    /// <summary>What RESP goes by.</summary>
    public RespOptions Options { get; }

    /// <summary>The connections' sessions. Any thread.</summary>
    public RespSessionTable Sessions { get; } = new();

    /// <summary>The threads' calls, for their statistics. Filled before the threads start.</summary>
    public List<CommandContext> Calls { get; } = [];

    /// <summary>Who subscribed to what. Any thread.</summary>
    public PubSubHub PubSub { get; }

    /// <summary>The connections that see all commands (MONITOR). Any thread.</summary>
    public Monitors Monitors { get; } = new();

    /// <summary>The connections that are replicas. Any thread.</summary>
    public Replicas Replicas { get; } = new();

    /// <summary>What they are fed with. Set by Node before the threads start.</summary>
    public ReplicationFeed? Feed { get; set; }

    /// <summary>CLIENT PAUSE. Any thread.</summary>
    public ClientPause Pause { get; } = new();

    /// <summary>Which keyspace notifications are on. Any thread.</summary>
    public KeyEventSelection KeyEvents { get; }

    /// <summary>Keyspace notifications on their way. Any thread.</summary>
    public KeyEventQueue KeyEventQueue { get; } = new();

    /// <summary>The commands that took long. Any thread.</summary>
    public SlowLog SlowLog { get; } = new();

    /// <summary>The parameters of CONFIG. Set by Node before the threads start.</summary>
    public ConfigTable? Config { get; set; }

    /// <summary>What the log is told of CONFIG SET.</summary>
    public ConfigChangeLog ConfigChanges { get; } = new();

    /// <summary>Sums over all threads. Any thread.</summary>
    public NodeStatistics Statistics { get; } = new();

    /// <summary>
    /// Sends commands through the slower dispatch, which refuses writes, while more memory is in use than allowed and none can be made. To
    /// be called when the maximum, the policy or the memory outside the store may have changed. Any thread.
    /// </summary>
    public void NoteMemory()
    {
        KeyValueStore store = Common.Store;
        int over = store.IsOverMaximum && store.IsOutOfMemory ? 1 : 0;
        if (Interlocked.Exchange(ref _isOverMaximum, over) != over) // pairs with itself: each change is counted once
        {
            Common.CheckCommands(over != 0);
        }
    }
}
