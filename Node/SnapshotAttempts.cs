using System;

namespace Epollsrv.Node;

/// <summary>Makes a snapshot, again where keys were flushed meanwhile. The snapshot's thread.</summary>
internal static class SnapshotAttempts
{
    /// <summary>Makes one.</summary>
    /// <param name="body">Does it once. Answers null, or what went wrong.</param>
    /// <param name="present">Has the one under way.</param>
    /// <param name="mayRepeat">Whether one that a flush has ended is made again, at a later point in time.</param>
    /// <returns>Null, or what went wrong in the last attempt.</returns>
    public static string? Run(Func<string?> body, PresentSnapshot present, bool mayRepeat)
    {
        string? error;
        do
        {
            present.Clear();
            error = RunOnce(body);
        }
        while (error is not null && present.IsFlushed && mayRepeat);

        return error;
    }

    /// <summary>Says what went wrong.</summary>
    /// <param name="record">Of its kind.</param>
    /// <param name="error">What it was; null: nothing.</param>
    /// <param name="isGivenUp">Whether the node itself has ended it.</param>
    public static void Report(SnapshotRecord record, string? error, bool isGivenUp)
    {
        if (isGivenUp)
        {
            Log.Info(record.Complaint + ": " + error);
        }
        else if (error is not null)
        {
            Log.Error(record.Complaint + ": " + error);
        }
    }

    private static string? RunOnce(Func<string?> body)
    {
        try
        {
            return body();
        }
        catch (OutOfMemoryException)
        {
            return "out of memory";
        }
    }
}
