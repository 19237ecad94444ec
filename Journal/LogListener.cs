namespace Epollsrv.Journal;

/// <summary>Whom the log tells of itself. Functions are called by the log's threads and by those that reply; they must be quick.</summary>
internal unsafe struct LogListener
{
    /// <summary>The first argument of the functions.</summary>
    public object Owner;

    /// <summary>Replies that wait for this position or an earlier one can leave. One call at a time; positions rise.</summary>
    public delegate*<object, long, void> Reached;

    /// <summary><see cref="LogCondition.State"/> has another value.</summary>
    public delegate*<object, void> StateChanged;
}
