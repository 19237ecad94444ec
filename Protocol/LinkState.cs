namespace Epollsrv.Protocol;

/// <summary>How far a replica's link to its master is; ROLE names the states.</summary>
internal enum LinkState
{
    /// <summary>There is no master.</summary>
    None,

    /// <summary>It is to be connected, at once or after a pause.</summary>
    Connect,

    /// <summary>The connection is being made.</summary>
    Connecting,

    /// <summary>The two make sure of each other.</summary>
    Handshake,

    /// <summary>The master's data are being received or loaded.</summary>
    Snapshot,

    /// <summary>The master's changes arrive.</summary>
    Connected,
}
