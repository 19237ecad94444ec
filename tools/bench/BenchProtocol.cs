namespace Epollsrv.Bench;

/// <summary>What the load generator speaks, in the order of --protocol's choices.</summary>
internal enum BenchProtocol
{
    /// <summary>RESP2: GET and SET.</summary>
    Resp,

    /// <summary>CS frames: GET and PUT.</summary>
    Cs,

    /// <summary>HTTP/1.1: GET and PUT of /kv/KEY.</summary>
    Http,

    /// <summary>The text protocol of memcached: get and set.</summary>
    Memcached,

    /// <summary>The meta protocol of memcached: mg and ms.</summary>
    MemcachedMeta,
}
