namespace Epollsrv.Node;

/// <summary>How important an event is; the order of --log-level's choices.</summary>
internal enum LogLevel
{
    /// <summary>Something asked for cannot be done; a person has to act.</summary>
    Error,

    /// <summary>Something is not as it should be; the node goes on.</summary>
    Warning,

    /// <summary>What a person wants to see of a healthy node: starts, stops, peers that come and go.</summary>
    Info,

    /// <summary>For finding a fault.</summary>
    Debug,
}
