using System;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>When a node's snapshots are made by themselves. The loop's tick.</summary>
internal sealed class SnapshotSchedule(NodePersistence persistence, RunningNode node)
{
    // As in Redis (CONFIG_BGSAVE_RETRY_DELAY).
    private const long SaveRetryNanoseconds = 5_000_000_000;

    /// <summary>Whether the log has grown so much that it is to be written anew, or is to be on and is not.</summary>
    public bool IsRewriteDue
    {
        get
        {
            if (persistence.Log is null)
            {
                return true;
            }

            DataSettings settings = persistence.Settings;
            long size = persistence.LogBytes;
            long before = Math.Max(1, persistence.BaseBytes);
            return settings.RewritePercentage > 0 && size > settings.RewriteMinSize
                && (size - before) / (double)before * 100 >= settings.RewritePercentage;
        }
    }

    /// <summary>Whether one of the save points says that dump.rdb is to be saved.</summary>
    /// <param name="last">The last time.</param>
    /// <param name="changes">Changes that there had been then.</param>
    public bool IsSaveDue(SnapshotRecord last, long changes)
    {
        long since = node.Store.Counters.Changes - changes;
        long seconds = (Clock.Wall() / 1_000_000_000) - persistence.LastSave;
        foreach (SavePoint point in persistence.Settings.SavePoints)
        {
            if (since >= point.Changes && seconds > point.Seconds)
            {
                return !last.NeedsPause || Clock.Monotonic() - last.Ended > SaveRetryNanoseconds;
            }
        }

        return false;
    }
}
