namespace Epollsrv.Protocol.Resp;

/// <summary>What one thread counted about one command; others read it in passing (aligned 64-bit stores are whole).</summary>
internal struct CommandStatistics
{
    /// <summary>Times it ran.</summary>
    public long Calls;

    /// <summary>Of those: how many <see cref="Nanoseconds"/> speaks of; the rest follows when the thread times the command again.</summary>
    public long TimedCalls;

    /// <summary>Time it took: long calls each their own, short ones as sampled.</summary>
    public long Nanoseconds;

    /// <summary>Short calls until one is timed. The thread's own.</summary>
    public long UntilTimed;

    /// <summary>Times it was refused before it ran.</summary>
    public long Rejected;

    /// <summary>Times it ran and answered with an error.</summary>
    public long Failed;
}
