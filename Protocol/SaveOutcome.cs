namespace Epollsrv.Protocol;

/// <summary>What came of the wish for a snapshot.</summary>
internal enum SaveOutcome
{
    /// <summary>It has begun, or is done when that was asked for.</summary>
    Done,

    /// <summary>It comes when the present one is over.</summary>
    Scheduled,

    /// <summary>One for the same purpose is under way.</summary>
    AlreadyInProgress,

    /// <summary>One for another purpose is under way.</summary>
    OtherInProgress,

    /// <summary>It failed; the log of the node says why.</summary>
    Failed,
}
