namespace Epollsrv.Engine;

/// <summary>Who runs the jobs (option --dispatch).</summary>
internal enum DispatchPolicy
{
    /// <summary>The loop queues the batch and then drains the queue itself beside the workers, waking them only for a backlog.</summary>
    Adaptive,

    /// <summary>As in the C program: the loop only dispatches, workers do all the work.</summary>
    Queue,
}
