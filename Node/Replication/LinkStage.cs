namespace Epollsrv.Node;

/// <summary>What the link to the master is at.</summary>
internal enum LinkStage
{
    /// <summary>There is no connection.</summary>
    Idle,

    /// <summary>It is being made.</summary>
    Connecting,

    /// <summary>PING was sent.</summary>
    Greeting,

    /// <summary>Password, port and abilities were sent.</summary>
    Introducing,

    /// <summary>PSYNC was sent.</summary>
    Asking,

    /// <summary>A snapshot was promised.</summary>
    Announcing,

    /// <summary>The snapshot arrives.</summary>
    Receiving,

    /// <summary>The snapshot is looked through and loaded, by a thread of its own.</summary>
    Loading,

    /// <summary>The snapshot could not be loaded; the connection is to be closed.</summary>
    Failed,

    /// <summary>The master's changes arrive.</summary>
    Streaming,
}
