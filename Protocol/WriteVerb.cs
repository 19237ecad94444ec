namespace Epollsrv.Protocol;

/// <summary>What a <see cref="WrittenKey"/> was.</summary>
internal enum WriteVerb
{
    /// <summary>It got a value.</summary>
    Set,

    /// <summary>Its value became longer.</summary>
    Append,

    /// <summary>Its value became longer, in front of what was there.</summary>
    Prepend,

    /// <summary>The value was added to its number.</summary>
    Increment,

    /// <summary>The value was taken from its number.</summary>
    Decrement,

    /// <summary>It got the expiry time, or none any more.</summary>
    Expire,

    /// <summary>It was marked as stale.</summary>
    Invalidate,

    /// <summary>It was removed.</summary>
    Delete,

    /// <summary>All keys were; there is no key.</summary>
    Flush,

    /// <summary>The same by the node itself, when the time had come that a client named.</summary>
    DelayedFlush,
}
