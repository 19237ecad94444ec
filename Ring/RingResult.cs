namespace Epollsrv.Ring;

/// <summary>How an operation of the ring ended.</summary>
internal enum RingResult
{
    /// <summary>Still under way.</summary>
    Pending,

    /// <summary>Done by at least one node.</summary>
    Done,

    /// <summary>No node that answered has the key (or, for a withdrawal, the holder).</summary>
    NotFound,

    /// <summary>The nodes that answered refused: out of memory, not allowed, or the value does not fit.</summary>
    Refused,

    /// <summary>The key exists, but its value is longer than a frame carries.</summary>
    TooLong,

    /// <summary>No node that could answer was reached.</summary>
    Unreachable,
}
