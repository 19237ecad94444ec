namespace Epollsrv.Protocol.Memcached;

/// <summary>What came of a command that changes a key.</summary>
internal enum MemcachedOutcome
{
    /// <summary>It was done.</summary>
    Stored,

    /// <summary>Its condition does not hold.</summary>
    NotStored,

    /// <summary>The key has changed since.</summary>
    Exists,

    /// <summary>There is no such key.</summary>
    NotFound,

    /// <summary>There is no memory for it.</summary>
    NoMemory,

    /// <summary>The value is no number.</summary>
    NotNumeric,

    /// <summary>Nothing was done: the request comes again, to a worker.</summary>
    Deferred,
}
