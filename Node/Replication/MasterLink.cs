using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>
/// The link to the master: a connection of the engine, made anew whenever it is lost. There is one at a time. It belongs to the event loop
/// while there is no connection, to the connection's owner while there is one, and the store's content to the loading thread while a
/// snapshot is loaded.
/// </summary>
internal sealed unsafe class MasterLink
{
    /// <summary>Nanoseconds before the master is tried again after it sent what cannot be taken: it will not be different soon.</summary>
    public const long LongPause = 60 * Second;

    // The kind of the message that the loading thread sends when it has ended.
    private const int LoadingEnded = 1;
    private const int LookUpMilliseconds = 50;
    private const int LongestTickMilliseconds = 1000;
    private const long Second = 1_000_000_000;

    private readonly RunningNode _node;
    private readonly NodeReplication _replication;
    private readonly Lock _ending = new();
    private int _stage;
    private ulong _token;
    private string? _failure;
    private long _pause;
    private bool _isOrphaned;
    private MasterSnapshot? _snapshot;

    /// <summary>Makes a link that is not there yet.</summary>
    public MasterLink(RunningNode node, NodeReplication replication)
    {
        _node = node;
        _replication = replication;
        Conversation = new LinkConversation(node, replication, this);
        Takeover = new SnapshotTakeover(node, replication, this);
    }

    /// <summary>When it is tried next.</summary>
    public LinkAttempts Attempts { get; } = new();

    /// <summary>What is said over it.</summary>
    public LinkConversation Conversation { get; }

    /// <summary>Loads snapshots.</summary>
    public SnapshotTakeover Takeover { get; }

    /// <summary>The master that the connection is to; another one may be followed by now.</summary>
    public Master? Following { get; private set; }

    /// <summary>What it is at. Any thread.</summary>
    public LinkStage Stage => (LinkStage)Volatile.Read(ref _stage); // pairs with Enter

    /// <summary>The snapshot on its way; null: none. Any thread, for its numbers.</summary>
    public MasterSnapshot? Snapshot => Volatile.Read(ref _snapshot); // pairs with Keep and Drop

    private bool IsOutdated => Following != _replication.Master;

    /// <summary>What a stage is called by ROLE. Any thread.</summary>
    public static LinkState StateOf(LinkStage stage) => stage switch
    {
        LinkStage.Idle => LinkState.Connect,
        LinkStage.Connecting => LinkState.Connecting,
        LinkStage.Greeting or LinkStage.Introducing or LinkStage.Asking => LinkState.Handshake,
        LinkStage.Streaming => LinkState.Connected,
        _ => LinkState.Snapshot,
    };

    // For the log. Not the enumeration's own names, which would link the base library's formatting of enumerations.
    private static string NameOf(LinkStage stage) => stage switch
    {
        LinkStage.Connecting => "connects",
        LinkStage.Greeting => "sends PING",
        LinkStage.Introducing => "sends AUTH, if there is a password, and REPLCONF",
        LinkStage.Asking => "sends PSYNC",
        LinkStage.Announcing => "waits for a snapshot",
        LinkStage.Receiving => "receives a snapshot",
        LinkStage.Loading => "loads a snapshot",
        LinkStage.Streaming => "follows",
        LinkStage.Failed => "has failed",
        _ => "is down",
    };

    /// <summary>The master is another one: the connection ends, and the next is made at once. Any thread of the engine.</summary>
    public void Restart()
    {
        Attempts.Hurry();
        ulong token = Volatile.Read(ref _token); // pairs with Tick, which says before whom the connection is to
        if (token != 0 && IsOutdated)
        {
            // Not the one that the loop may have made to the new master already.
            _ = _node.Server.Signals.Kill(token);
        }

        _node.Server.EnsureTick();
    }

    /// <summary>The loop's tick: makes the connection.</summary>
    /// <returns>Milliseconds until the next, or 0.</returns>
    public int Tick()
    {
        Master? master = _replication.Master;
        if (master is null || Stage != LinkStage.Idle || _node.Server.IsStopRequested)
        {
            return 0;
        }

        long left = Attempts.Left;
        if (left > 0 || _node.Persistence is { IsLoading: true })
        {
            return (int)Math.Clamp((left / 1_000_000) + 1, LookUpMilliseconds, LongestTickMilliseconds);
        }

        int found = Attempts.Resolve(master, out SocketAddress address);
        if (found == 0)
        {
            return LookUpMilliseconds;
        }

        Following = master;
        _failure = null;
        _pause = 0;
        if (found < 0)
        {
            Attempts.Fail(master, "there is no such host", wasConnected: false, 0);
            return LongestTickMilliseconds;
        }

        // Before the connection is there: another thread may end it at once.
        Conversation.Hear(Clock.Monotonic());
        Enter(LinkStage.Connecting);
        int result = _node.Server.Connector.Connect(ref address, ProtocolNumber.MasterLink, out ulong token);
        Volatile.Write(ref _token, token); // pairs with Restart and EndLoading; a stale one names nobody
        if (result < 0)
        {
            Enter(LinkStage.Idle);
            Attempts.Fail(master, "cannot connect: " + Errno.Describe(result), wasConnected: false, 0);
            return LongestTickMilliseconds;
        }

        return 0;
    }

    /// <summary>Goes on to another stage. Whoever the link belongs to.</summary>
    public void Enter(LinkStage stage)
    {
        Volatile.Write(ref _stage, (int)stage); // pairs with Stage
        if (Log.IsOn(LogLevel.Debug) && Following is { } master)
        {
            Log.Write(LogLevel.Debug, "link to the master " + master.Text + ": " + NameOf(stage), new LogField("master", master.Text));
        }
    }

    /// <summary>Keeps a snapshot until it is loaded or the connection ends. The owner.</summary>
    public void Keep(MasterSnapshot snapshot) => Volatile.Write(ref _snapshot, snapshot); // pairs with Snapshot

    /// <summary>Gives the connection up. Its owner.</summary>
    /// <param name="thread">The owner.</param>
    /// <param name="why">What the log is to say.</param>
    /// <param name="pause">Nanoseconds before the next attempt; 0: what is usual.</param>
    public void Fail(ThreadContext thread, string why, long pause)
    {
        _failure = why;
        _pause = pause;
        thread.Abort();
    }

    /// <summary>A message to the connection. Its owner.</summary>
    public void Take(ThreadContext thread, int kind)
    {
        if (IsOutdated || Stage == LinkStage.Failed)
        {
            thread.Abort();
        }
        else if (kind == PostedMessage.Opened)
        {
            Conversation.Begin(thread);
        }
        else if (kind == PostedMessage.Timer)
        {
            Conversation.TakeTimer(thread);
        }
        else if (kind == LoadingEnded && Stage == LinkStage.Streaming)
        {
            Conversation.BeginStream(thread);
        }
    }

    /// <summary>Bytes of the master. The owner.</summary>
    /// <returns>How many are done with.</returns>
    public int Consume(ThreadContext thread, byte* data, int length)
    {
        if (IsOutdated)
        {
            thread.Abort();
        }

        return Conversation.Consume(thread, data, length);
    }

    /// <summary>The connection ends. Its owner.</summary>
    public void End(ThreadContext thread)
    {
        bool wasConnected = Stage == LinkStage.Streaming && Clock.Monotonic() - Conversation.Began > Second;
        lock (_replication.Applying)
        {
            Conversation.Stream.Abandon();
        }

        string why = _failure ?? (thread.SocketError < 0 ? Errno.Describe(thread.SocketError) : "the connection was closed");
        Retry(why, wasConnected);
        lock (_ending)
        {
            _isOrphaned = Stage == LinkStage.Loading;
            if (!_isOrphaned)
            {
                Drop();
                Enter(LinkStage.Idle);
            }
        }

        _node.Server.EnsureTick();
    }

    /// <summary>A snapshot was loaded, or could not be. The loading thread.</summary>
    public void EndLoading(string? error, long pause)
    {
        ulong token = Volatile.Read(ref _token); // pairs with Tick
        lock (_ending)
        {
            Drop();
            _failure = error;
            _pause = pause;
            if (!_isOrphaned)
            {
                Enter(error is null ? LinkStage.Streaming : LinkStage.Failed);
            }
            else
            {
                if (error is not null)
                {
                    Retry(error, wasConnected: false);
                }

                _isOrphaned = false;
                Enter(LinkStage.Idle);
            }
        }

        _ = _node.Server.Signals.Post(token, null, LoadingEnded);
        _node.Server.Loop.Wake();
        _node.Server.EnsureTick();
    }

    private void Drop()
    {
        _snapshot?.Dispose();
        Volatile.Write(ref _snapshot, null); // pairs with Snapshot
    }

    private void Retry(string why, bool wasConnected)
    {
        if (IsOutdated || _node.Server.IsStopRequested)
        {
            Attempts.Hurry();
        }
        else
        {
            Attempts.Fail(Following!, why, wasConnected, _pause);
        }
    }
}
