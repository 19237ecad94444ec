namespace Epollsrv.Journal;

/// <summary>What can be done about a log.</summary>
internal enum LogState
{
    /// <summary>Nothing is wrong.</summary>
    Sound,

    /// <summary>A block could not be written (the disk is full). It waits, and is written again from time to time.</summary>
    CannotWrite,

    /// <summary>The disk may have lost what was written, or memory for records ran out: the log has to begin anew with all that the
    /// store holds.</summary>
    Lost,
}
