using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>What is said over the link to a master, by stage. The owner of its connection.</summary>
internal sealed unsafe class LinkConversation
{
    private const int TimerMilliseconds = 1000;
    private const int LongestLine = 1024;

    // The first answer: shorter than repl-timeout, because the kernel tries a connection again after 1, 2, 4, 8 … seconds, and the link
    // would stay down that long when the master has come up meanwhile.
    private const int FirstAnswerSeconds = 10;
    private const long Second = 1_000_000_000;

    private readonly NodeReplication _replication;
    private readonly MasterLink _link;
    private readonly MasterHandshake _handshake;
    private long _heard;

    /// <summary>Makes that of a link.</summary>
    public LinkConversation(RunningNode node, NodeReplication replication, MasterLink link)
    {
        _replication = replication;
        _link = link;
        _handshake = new MasterHandshake(node, replication, this);
        Stream = new MasterStream(node, replication, this);
    }

    /// <summary>What is applied of the master's changes.</summary>
    public MasterStream Stream { get; }

    /// <summary>When the master was last heard. Any thread.</summary>
    public long Heard => Volatile.Read(ref _heard); // pairs with Hear

    /// <summary>When its changes began to arrive.</summary>
    public long Began { get; private set; }

    /// <summary>As <see cref="MasterLink.Stage"/>.</summary>
    public LinkStage Stage => _link.Stage;

    /// <summary>As <see cref="MasterLink.Following"/>.</summary>
    public Master? Following => _link.Following;

    /// <summary>The master was heard, or is to be heard from now on.</summary>
    public void Hear(long now) => Volatile.Write(ref _heard, now); // pairs with Heard

    /// <summary>As <see cref="MasterLink.Enter"/>.</summary>
    public void Enter(LinkStage stage) => _link.Enter(stage);

    /// <summary>As <see cref="MasterLink.Fail"/>.</summary>
    public void Fail(ThreadContext thread, string why, long pause = 0) => _link.Fail(thread, why, pause);

    /// <summary>The connection is there, or will be.</summary>
    public void Begin(ThreadContext thread)
    {
        _handshake.Begin(thread);
        thread.SetTimer(TimerMilliseconds);
    }

    /// <summary>Tells the master how far the node is.</summary>
    public void Acknowledge(ThreadContext thread)
    {
        LinkWriter.Begin(thread, 3);
        LinkWriter.Add(thread, "REPLCONF"u8);
        LinkWriter.Add(thread, "ACK"u8);
        LinkWriter.Add(thread, _replication.Position);
    }

    /// <summary>A snapshot begins to arrive.</summary>
    public void Receive(ThreadContext thread, MasterSnapshot snapshot)
    {
        _link.Keep(snapshot);
        Enter(LinkStage.Receiving);
        Log.Info("link to the master " + Following!.Text + ": it sends a snapshot"
            + (snapshot.Length < 0 ? string.Empty : " of " + ValueText.FormatInteger(snapshot.Length) + " bytes"));
        LoadWhenComplete(thread, snapshot);
    }

    /// <summary>The master goes on where the node's data end.</summary>
    /// <param name="thread">The owner.</param>
    /// <param name="name">What the history is called from here on; null: as before.</param>
    public void Continue(ThreadContext thread, byte[]? name)
    {
        bool isRenamed = false;
        lock (_replication.Applying)
        {
            if (Following != _replication.Master)
            {
                // Looked at again under the lock: its name is nobody else's.
                thread.Abort();
                return;
            }

            if (name is not null && !name.AsSpan().SequenceEqual(_replication.History.Present.Name))
            {
                isRenamed = true;
                _replication.History.Rename(name, _replication.Position);
            }
        }

        if (isRenamed)
        {
            RunningNode.Of(thread.Server).Feed.CloseReplicas();
        }

        if (!_replication.Keeper.Keep())
        {
            Fail(thread, "the name of its history cannot be kept on the disk");
            return;
        }

        Log.Info("link to the master " + Following!.Text + ": it goes on at position " + ValueText.FormatInteger(_replication.Position));
        BeginStream(thread);
    }

    /// <summary>The master's changes arrive from here on.</summary>
    public void BeginStream(ThreadContext thread)
    {
        // As in Redis a replica always keeps the last bytes of the stream: those that follow it when it is promoted go on from there.
        _ = RunningNode.Of(thread.Server).Feed.TryBegin();
        Began = Clock.Monotonic();
        _link.Attempts.Succeed();
        Enter(LinkStage.Streaming);
        Acknowledge(thread);
    }

    /// <summary>Once a second.</summary>
    public void TakeTimer(ThreadContext thread)
    {
        LinkStage stage = Stage;
        long silence = thread.Started - Heard;
        if (stage is LinkStage.Connecting or LinkStage.Greeting && silence > FirstAnswerSeconds * Second)
        {
            Fail(thread, "no answer for " + ValueText.FormatInteger(FirstAnswerSeconds) + " s");
            return;
        }

        if (stage != LinkStage.Loading && silence > Timeout(thread) * Second)
        {
            Fail(thread, "nothing was heard for " + ValueText.FormatInteger(Timeout(thread)) + " s (repl-timeout)");
            return;
        }

        if (stage != LinkStage.Streaming && thread.Server.IsStopping)
        {
            // An orderly stop waits for what a connection has to send, and nobody may ever take it here.
            thread.Abort();
            return;
        }

        if (stage == LinkStage.Streaming)
        {
            Acknowledge(thread);
        }
        else if (stage is LinkStage.Receiving or LinkStage.Loading)
        {
            // The master closes replicas that say nothing for long.
            thread.Output.Write("\n"u8);
        }

        thread.SetTimer(TimerMilliseconds);
    }

    /// <summary>Takes bytes of the master.</summary>
    /// <returns>How many are done with.</returns>
    public int Consume(ThreadContext thread, byte* data, int length)
    {
        Hear(thread.Started);
        int consumed = 0;
        bool goesOn = true;
        while (goesOn && consumed < length && !thread.ShouldStop)
        {
            // What the stream leaves is unfinished, and the engine may have been told where the rest of it is to go.
            bool isStream = Stage == LinkStage.Streaming;
            int taken = ConsumeSome(thread, data + consumed, length - consumed);
            consumed += taken;
            goesOn = taken != 0 && !isStream;
        }

        return consumed;
    }

    private static long Timeout(ThreadContext thread) => RunningNode.Of(thread.Server).Resp.Options.Replicas.TimeoutSeconds;

    private int ConsumeSome(ThreadContext thread, byte* data, int length)
    {
        switch (Stage)
        {
            case LinkStage.Loading or LinkStage.Failed:
                thread.PauseInput();
                return 0;
            case LinkStage.Streaming:
                return Stream.Apply(thread, data, length);
            case LinkStage.Receiving:
                return ConsumeSnapshot(thread, data, length);
            default:
                // The answer to PSYNC may change what the disk has to know.
                return Stage == LinkStage.Asking && thread.DeferLong() ? 0 : ConsumeLine(thread, new ReadOnlySpan<byte>(data, length));
        }
    }

    private int ConsumeSnapshot(ThreadContext thread, byte* data, int length)
    {
        // Writing a file may block.
        if (thread.DeferLong())
        {
            return 0;
        }

        MasterSnapshot snapshot = _link.Snapshot!;
        int taken = snapshot.Take(data, length);
        if (snapshot.Error is { } error)
        {
            Fail(thread, error, MasterLink.LongPause);
            return taken;
        }

        LoadWhenComplete(thread, snapshot);
        return taken;
    }

    private void LoadWhenComplete(ThreadContext thread, MasterSnapshot snapshot)
    {
        if (!snapshot.IsComplete)
        {
            return;
        }

        Enter(LinkStage.Loading);
        if (!_link.Takeover.TryBegin(snapshot, Following!, _handshake.PromisedHistory, _handshake.PromisedPosition))
        {
            Enter(LinkStage.Receiving);
            Fail(thread, "no thread can be started that loads its snapshot");
        }
    }

    private int ConsumeLine(ThreadContext thread, ReadOnlySpan<byte> data)
    {
        int end = data[..Math.Min(data.Length, LongestLine)].IndexOf((byte)'\n');
        if (end < 0)
        {
            if (data.Length >= LongestLine)
            {
                Fail(thread, "it does not speak Redis's protocol: a line has no end", MasterLink.LongPause);
            }

            return 0;
        }

        // Empty lines say that the master is alive.
        ReadOnlySpan<byte> line = data[..end].TrimEnd((byte)'\r');
        if (!line.IsEmpty)
        {
            _handshake.Take(thread, line);
        }

        return end + 1;
    }
}
