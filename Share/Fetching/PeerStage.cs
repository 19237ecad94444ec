namespace Epollsrv.Share;

/// <summary>How far the conversation with a peer has got.</summary>
internal enum PeerStage
{
    /// <summary>No connection; the next is opened when it is time.</summary>
    Closed,

    /// <summary>Its name is looked up.</summary>
    Resolving,

    /// <summary>A connection for the question what it is, is being opened.</summary>
    Greeting,

    /// <summary>It was asked over CS what it is.</summary>
    Identifying,

    /// <summary>The HTTP connection is being opened.</summary>
    Connecting,

    /// <summary>The HTTP connection stands.</summary>
    Open,

    /// <summary>Nothing more is asked of it.</summary>
    LeftOut,
}
