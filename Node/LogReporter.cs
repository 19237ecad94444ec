using System;
using System.Text;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Says to clients, to the reply gate and to people what becomes of the log. Any thread; quick.</summary>
internal sealed unsafe class LogReporter(NodePersistence persistence, RunningNode node)
{
    private const string NotWritten = "MISCONF Errors writing to the AOF file: ";

    private readonly RunningNode _node = node;
    private readonly Lock _lock = new();
    private bool _checksCommands;

    private static ReadOnlySpan<byte> NotSaved =>
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."u8;

    /// <summary>For the log of a node's data.</summary>
    public static LogListener Listener(NodePersistence persistence)
        => new() { Owner = persistence, Reached = &Reached, StateChanged = &StateChanged };

    /// <summary>Too much waits for the disk, or no more: whoever waits is not read meanwhile. Any thread.</summary>
    public void Limit(ChangeLog log)
    {
        DataSettings settings = persistence.Settings;
        bool isFull = log.Buffer.End - log.Written > settings.LogBuffer || persistence.Jobs.Waiting > settings.SnapshotBuffer;
        ref int full = ref _node.Server.Gate.Source->IsFull;
        if (full != 0 != isFull)
        {
            Volatile.Write(ref full, isFull ? 1 : 0); // pairs with ReplyGate.IsFull
        }
    }

    /// <summary>Says again whether writes are refused. Any thread, after something has changed that decides it.</summary>
    public void UpdateRefusal()
    {
        lock (_lock)
        {
            bool failed = persistence.Log is { } log && log.Condition.State != LogState.Sound;
            DataSettings settings = persistence.Settings;
            bool stops = settings.StopsOnSaveError && settings.SavePoints.Length != 0 && persistence.Jobs.HasSaveFailed;
            persistence.Refuse(failed
                ? Encoding.UTF8.GetBytes(NotWritten + Capitalized(Errno.Describe(persistence.Log!.Condition.ErrorNumber)))
                : stops ? NotSaved.ToArray() : null);
            CheckCommands(failed || stops);
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
        persistence.Reporter.Limit(persistence.Log!);
        persistence.Reporter._node.Server.Gate.Publish(position);
    }

    private static void StateChanged(object owner)
    {
        NodePersistence persistence = (NodePersistence)owner;
        ChangeLog log = persistence.Log!;
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
