using System;
using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Node;

/// <summary>What is known of the snapshots for one purpose.</summary>
internal sealed class SnapshotRecord(string complaint)
{
    // Seconds to the next attempt after the third failure, doubled each time, as in Redis.
    private const int FirstPause = 60;
    private const int LongestPause = 3600;
    private const int FreeAttempts = 3;
    private const int MostDoublings = 20;
    private const int LostPause = 2;

    /// <summary>What to say when one fails, in front of the reason.</summary>
    public string Complaint => complaint;

    /// <summary>When the last one began, by the monotonic clock.</summary>
    public long Began { get; private set; }

    /// <summary>When it ended.</summary>
    public long Ended { get; private set; }

    /// <summary>Seconds that the last one took; −1: there was none.</summary>
    public long Seconds { get; private set; } = -1;

    /// <summary>How many succeeded.</summary>
    public long Count { get; private set; }

    /// <summary>How many failed since the last one that did not.</summary>
    public long Failures { get; private set; }

    /// <summary>How many ever failed.</summary>
    public long Failed { get; private set; }

    /// <summary>Why the last one failed, for a person; null: it did not.</summary>
    public string? Error { get; private set; }

    /// <summary>When the last one succeeded, seconds since 1970; 0: none did.</summary>
    public long LastSuccess { get; private set; }

    /// <summary>Most bytes that the last one kept beside the store.</summary>
    public long Bytes { get; private set; }

    /// <summary>The longest time that the last one held a partition's lock, nanoseconds of its thread's CPU time.</summary>
    public long LongestHold { get; private set; }

    /// <summary>Whether the last one failed. One that was given up does not count.</summary>
    public bool HasFailed => Failures != 0;

    /// <summary>Whether the last one failed or was given up, so that the next one does not begin by itself at once.</summary>
    public bool NeedsPause { get; private set; }

    /// <summary>Seconds to wait after a failure before it is tried again by itself.</summary>
    /// <param name="isLost">Whether the log is lost, so that nothing can be written before.</param>
    public int PauseSeconds(bool isLost)
        => isLost ? LostPause : Failures < FreeAttempts ? 1
            : (int)Math.Min(LongestPause, (long)FirstPause << (int)Math.Min(MostDoublings, Failures - FreeAttempts));

    /// <summary>One begins.</summary>
    public void Begin() => Began = Clock.Monotonic();

    /// <summary>It is over; without an error it succeeded.</summary>
    /// <param name="error">Why it did not.</param>
    /// <param name="isGivenUp">Whether the node itself ended it: that says nothing about the disk.</param>
    /// <param name="snapshot">What it was.</param>
    public void End(string? error, bool isGivenUp, PresentSnapshot snapshot)
    {
        NeedsPause = error is not null;
        Ended = Clock.Monotonic();
        Seconds = (Ended - Began) / 1_000_000_000;
        Bytes = snapshot.Peak;
        LongestHold = snapshot.LongestHold;
        if (isGivenUp)
        {
            return;
        }

        Error = error;
        if (error is null)
        {
            Count++;
            Failures = 0;
            LastSuccess = Clock.Wall() / 1_000_000_000;
        }
        else
        {
            Failures++;
            Failed++;
        }
    }

    /// <summary>Says how those into dump.rdb are.</summary>
    public void DescribeSave(ref PersistenceStatus status, bool isRunning)
    {
        status.IsSaving = isRunning;
        status.LastSaveFailed = HasFailed;
        status.LastSaveSeconds = Seconds;
        status.PresentSaveSeconds = PresentSeconds(isRunning);
        status.Saves = Count;
        status.LastSaveBytes = Bytes;
    }

    /// <summary>Says how those of the log are.</summary>
    public void DescribeRewrite(ref PersistenceStatus status, bool isRunning)
    {
        status.IsRewriting = isRunning;
        status.LastRewriteFailed = HasFailed;
        status.LastRewriteSeconds = Seconds;
        status.PresentRewriteSeconds = PresentSeconds(isRunning);
        status.Rewrites = Count;
        status.RewriteFailures = Failures;
        status.LastRewriteBytes = Bytes;
    }

    private long PresentSeconds(bool isRunning) => isRunning ? (Clock.Monotonic() - Began) / 1_000_000_000 : -1;
}
