namespace Epollsrv.Engine;

/// <summary>What the work queue holds: a job function and its argument, as in the C program.</summary>
internal readonly unsafe struct Job
{
    /// <summary>The job function.</summary>
    public readonly delegate*<ThreadContext, ulong, void> Function;

    /// <summary>Its argument: a connection's token, or what the function wants.</summary>
    public readonly ulong Argument;

    /// <summary>Makes a job.</summary>
    public Job(delegate*<ThreadContext, ulong, void> function, ulong argument)
    {
        Function = function;
        Argument = argument;
    }
}
