using System;
using System.Text;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Says to clients, to the reply gate and to people what becomes of the log. Any thread; quick.</summary>
internal sealed unsafe class LogReporter(NodePersistence persistence, RunningNode node)
{
    private const string NotWritten = "MISCONF Errors writing to the AOF file: ";

    private readonly RunningNode _node = node;
    private readonly Lock _lock = new();
    private readonly Lock _publishing = new();
    private bool _checksCommands;

    // What the log has come to; published when nothing speaks against it.
    private long _reached;

    private static ReadOnlySpan<byte> NotSaved =>
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."u8;

    /// <summary>For the log of a node's data.</summary>
    public static LogListener Listener(NodePersistence persistence)
        => new() { Owner = persistence, Reached = &Reached, StateChanged = &StateChanged };

    /// <summary>
    /// Too much waits for the disk, or no more: whoever has written is answered later, and not read meanwhile. Any thread, after something
    /// has begun to wait or has been written.
    /// </summary>
    public void Limit(ChangeLog log)
    {
        bool isBehind = persistence.Jobs.Present.IsBehind;
        bool isFull = isBehind || _node.IsDiskBehind(log);
        ReplyGate gate = _node.Server.Gate;
        if (gate.Source->IsFull != 0 != isFull)
        {
            Volatile.Write(ref gate.Source->IsFull, isFull ? 1 : 0); // pairs with ReplyGate.IsFull
        }

        if (!isBehind && Volatile.Read(ref _reached) > gate.Durable) // pairs with Reached
        {
            lock (_publishing)
            {
                if (_reached > gate.Durable)
                {
                    gate.Publish(_reached);
                }
            }
        }
    }

    /// <summary>The log is on: replies wait for positions beyond this one.</summary>
    public void Open(long position)
    {
        lock (_publishing)
        {
            _reached = position;
            _node.Server.Gate.Publish(position);
            Volatile.Write(ref _node.Server.Gate.Source->IsOn, 1); // pairs with ReplyGate.IsOn
        }
    }

    /// <summary>The log is off, and nothing waits for it any more.</summary>
    public void Close()
    {
        GateSource* source = _node.Server.Gate.Source;
        lock (_publishing)
        {
            _node.Server.Gate.Publish(long.MaxValue - 1);
            Volatile.Write(ref source->IsOn, 0); // pairs with ReplyGate.IsOn
            Volatile.Write(ref source->IsFailed, 0); // pairs with ReplyGate.IsFailed
            Volatile.Write(ref source->IsFull, 0); // pairs with ReplyGate.IsFull
        }

        UpdateRefusal();
    }

    /// <summary>Says again whether writes are refused. Any thread, after something has changed that decides it.</summary>
    public void UpdateRefusal()
    {
        lock (_lock)
        {
            ChangeLog? log = persistence.Log;
            bool failed = log is not null && log.Condition.State != LogState.Sound;
            DataSettings settings = persistence.Settings;
            bool stops = settings.StopsOnSaveError && settings.SavePoints.Length != 0 && persistence.Jobs.SaveRecord.HasFailed;
            persistence.Refuse(failed
                ? Encoding.UTF8.GetBytes(NotWritten + Capitalized(Errno.Describe(log!.Condition.ErrorNumber)))
                : stops ? NotSaved.ToArray() : null);
            CheckCommands(failed || stops || persistence.IsLoading);
        }
    }

    /// <summary>Has every command looked at, or not any more, because of the data. Any thread.</summary>
    public void CheckCommands(bool on)
    {
        lock (_lock)
        {
            if (_checksCommands != on)
            {
                _checksCommands = on;
                _node.Common.CheckCommands(on);
            }
        }
    }

    private static void Reached(object owner, long position)
    {
        NodePersistence persistence = (NodePersistence)owner;
        Volatile.Write(ref persistence.Reporter._reached, position); // pairs with Limit
        if (persistence.Log is { } log)
        {
            persistence.Reporter.Limit(log);
        }
    }

    private static void StateChanged(object owner)
    {
        NodePersistence persistence = (NodePersistence)owner;
        if (persistence.Log is not { } log)
        {
            return;
        }

        bool failed = log.Condition.State != LogState.Sound;
        Volatile.Write(ref persistence.Reporter._node.Server.Gate.Source->IsFailed, failed ? 1 : 0); // pairs with ReplyGate.IsFailed
        persistence.Reporter.UpdateRefusal();
        if (failed)
        {
            persistence.Failures++;
            Log.Error("the log " + log.Condition.Error + ". Writes are refused until it can be written");
        }
        else
        {
            Log.Info("the log can be written again");
        }

        persistence.Reporter._node.Server.EnsureTick();
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
