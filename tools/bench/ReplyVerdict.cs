namespace Epollsrv.Bench;

/// <summary>What a reply says.</summary>
internal enum ReplyVerdict
{
    /// <summary>The value, or that it was stored.</summary>
    Good,

    /// <summary>No such key.</summary>
    Miss,

    /// <summary>The server refused, or answered something else than was asked.</summary>
    Error,
}
