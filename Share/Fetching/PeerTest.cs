namespace Epollsrv.Share;

/// <summary>What peers of a download are counted by.</summary>
internal enum PeerTest
{
    /// <summary>Can be asked for pieces now.</summary>
    Ready,

    /// <summary>Sent at least one.</summary>
    Sender,

    /// <summary>Has not answered yet, and is to be waited for.</summary>
    Undecided,

    /// <summary>Is hashing the file.</summary>
    Hashing,

    /// <summary>Has named an identity.</summary>
    Known,

    /// <summary>Has the file but no list of pieces.</summary>
    Plain,

    /// <summary>May still be of use.</summary>
    Hopeful,

    /// <summary>Is fetching the file itself.</summary>
    Unfinished,
}
