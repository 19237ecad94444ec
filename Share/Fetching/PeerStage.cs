namespace Epollsrv.Share;

/// <summary>How far the conversation with a peer has got.</summary>
internal enum PeerStage
{
    /// <summary>No connection; the next is opened when it is time.</summary>
    Closed,

    /// <summary>It is asked over CS what it is.</summary>
    Greeting,

    /// <summary>The HTTP connection is being opened.</summary>
    Connecting,

    /// <summary>The HTTP connection stands.</summary>
    Open,

    /// <summary>Nothing more is asked of it.</summary>
    LeftOut,
}
