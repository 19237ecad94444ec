namespace Epollsrv.Ring;

/// <summary>How far a <see cref="PeerLink"/> is.</summary>
internal enum PeerLinkStage
{
    /// <summary>No connection.</summary>
    Closed,

    /// <summary>The peer's name is looked up, which poll(2) does not wake for.</summary>
    Resolving,

    /// <summary>The kernel connects.</summary>
    Connecting,

    /// <summary>The peer was asked what it is.</summary>
    Identifying,

    /// <summary>The peer was given the password.</summary>
    Authenticating,

    /// <summary>The connection stands, for whatever its owner sends.</summary>
    Open,
}
