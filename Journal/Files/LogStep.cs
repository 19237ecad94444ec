namespace Epollsrv.Journal;

/// <summary>What <see cref="LogReader.Next"/> came to.</summary>
internal enum LogStep
{
    /// <summary>A record.</summary>
    Record,

    /// <summary>The end of the file, which is whole.</summary>
    Ended,

    /// <summary>A damaged place: all records before it were given out.</summary>
    Damaged,
}
