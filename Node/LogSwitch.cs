using Epollsrv.Journal;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>Turns a node's log on and off while it runs (CONFIG SET appendonly). Any thread that may wait; one at a time.</summary>
internal sealed class LogSwitch(NodePersistence persistence)
{
    // Redis's words.
    private const string CannotTurnOn = "Unable to turn on AOF. Check server logs.";

    /// <summary>Turns it on or off. It is off when this returns; it is on when its first base is written, which a snapshot's thread
    /// goes on to do.</summary>
    /// <param name="on">Which.</param>
    /// <param name="inTransaction">Whether the calling thread holds partitions.</param>
    /// <param name="isReplica">Whether the node follows a master.</param>
    /// <returns>Null, or why it cannot be done.</returns>
    public string? Turn(bool on, bool inTransaction, bool isReplica)
    {
        // Who holds it may wait for the partitions that EXEC has locked.
        bool isTaken = persistence.Switching.TryEnter();
        if (!isTaken && inTransaction)
        {
            return "the data are being loaded or the log is being turned on or off";
        }

        if (!isTaken)
        {
            persistence.Switching.Enter();
        }

        try
        {
            return on == persistence.Settings.LogsChanges ? null
                : persistence.IsLoading ? "the keys are being loaded"
                : isReplica ? "the log of a replica is its master's stream: REPLICAOF NO ONE first"
                : on ? TurnOn()
                : inTransaction ? "the log cannot be turned off inside a transaction"
                : TurnOff();
        }
        finally
        {
            persistence.Switching.Exit();
        }
    }

    private string? TurnOn()
    {
        // The snapshot's thread makes it again: here it is made so that who asks for it learns that it cannot be.
        LogFile? file = persistence.Files.Make(persistence.Files.Manifest.NextIncrement(), out string? error);
        if (file is null)
        {
            Log.Error("the log is not turned on: " + error);
            return CannotTurnOn;
        }

        file.Close();
        persistence.Settings.LogsChanges = true;
        if (persistence.Jobs.BeginRewrite() == SaveOutcome.Failed)
        {
            persistence.Settings.LogsChanges = false;
            return CannotTurnOn;
        }

        return null;
    }

    /// <summary>Turns it off. <see cref="NodePersistence.Switching"/> is held, or the data have just been loaded.</summary>
    /// <returns>Null.</returns>
    public string? TurnOff()
    {
        // No rewrite begins from here on.
        persistence.Settings.LogsChanges = false;
        persistence.Log?.Stop();
        persistence.Jobs.EndPresent(persistence.Jobs.RewriteRecord);
        persistence.Jobs.EndPresent(persistence.Jobs.ReplicaRecord);
        persistence.Logging.TurnOff();
        Log.Info("the log is off: changes are no longer kept. The next snapshot into dump.rdb takes the place of its files");
        return null;
    }
}
