namespace Epollsrv.Journal.Loading;

/// <summary>What came of a command of a log that is read back.</summary>
internal enum ReplayOutcome
{
    /// <summary>It has run, or waits for the end of its transaction, or means nothing in a log.</summary>
    Done,

    /// <summary>It has failed. The commands behind it are still those of the log.</summary>
    Failed,

    /// <summary>It is left out, because it is not about strings.</summary>
    Skipped,

    /// <summary>It cannot be done, and loading cannot go on without it.</summary>
    Refused,
}
