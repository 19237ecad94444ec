namespace Epollsrv.Engine;

/// <summary>How a round over a connection ended (<see cref="ConnectionJob"/>).</summary>
internal enum RoundOutcome
{
    /// <summary>There is nothing more to do: arm it and give it up.</summary>
    Idle,

    /// <summary>There is more to do: queue it again.</summary>
    Requeue,

    /// <summary>Close it.</summary>
    Close,

    /// <summary>Its replies wait for the end of the batch (<see cref="KeptReplies"/>).</summary>
    Kept,
}
