using System;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Which snapshot a node makes next: what was asked for and has to wait, and what is due by itself. Changed under the
/// lock of <see cref="SnapshotJobs"/>.</summary>
internal sealed class SnapshotSchedule(NodePersistence persistence, RunningNode node)
{
    // As in Redis (CONFIG_BGSAVE_RETRY_DELAY).
    private const long SaveRetryNanoseconds = 5_000_000_000;

    private long _nextRewrite;
    private long _heldUpSince;

    // The log has grown so much that it is to be written anew, or is to be on and is not.
    private bool IsRewriteDue
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

    private bool IsSaveDue
    {
        get
        {
            SnapshotRecord last = persistence.Jobs.SaveRecord;
            long since = node.Store.Counters.Changes - persistence.Jobs.Files.ChangesAtSave;
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

    /// <summary>Whether dump.rdb is to be saved as soon as nothing else is under way.</summary>
    public bool IsSaveAsked { get; set; }

    /// <summary>Whether the log is to be written anew as soon as nothing else is under way.</summary>
    public bool IsRewriteAsked { get; set; }

    /// <summary>Whether a rewrite that failed may be tried again.</summary>
    public bool MayTryRewrite => Clock.Monotonic() >= _nextRewrite;

    /// <summary>Whether a rewrite is the next, before a save.</summary>
    public bool IsRewriteNext => persistence.IsLogging && (IsRewriteAsked || (IsRewriteDue && MayTryRewrite));

    /// <summary>Whether a save is the next, if no rewrite is.</summary>
    public bool IsSaveNext => IsSaveAsked || IsSaveDue;

    /// <summary>Whether one of both comes before a snapshot for replicas. While the log cannot be written, none begins.</summary>
    public bool IsDiskNext => persistence.Log is not { Condition.State: not LogState.Sound } && (IsRewriteNext || IsSaveNext);

    /// <summary>Whether a snapshot for replicas has held up others for longer than it may: a rewrite, or a save that was asked for. A save
    /// that is due by itself comes again so soon that replicas would never get all of a large snapshot. Called at each tick of the loop
    /// while there is such a snapshot: it notes since when it holds up others.</summary>
    public bool LookAtWait()
    {
        bool isHeldUp = IsRewriteNext || IsSaveAsked;
        long now = Clock.Monotonic();
        _heldUpSince = !isHeldUp ? 0 : _heldUpSince == 0 ? now : _heldUpSince;
        return isHeldUp && now - _heldUpSince > node.Resp.Options.Replicas.TimeoutSeconds * 1_000_000_000L;
    }

    /// <summary>A snapshot begins: it has held up nothing so far.</summary>
    public void EndWait() => _heldUpSince = 0;

    /// <summary>A rewrite failed or was given up: it is tried again after a pause.</summary>
    public void PauseRewrites(int seconds) => _nextRewrite = Clock.Monotonic() + (seconds * 1_000_000_000L);
}
