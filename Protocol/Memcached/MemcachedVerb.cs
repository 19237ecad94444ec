namespace Epollsrv.Protocol.Memcached;

/// <summary>The commands. Those that carry a value come first.</summary>
internal enum MemcachedVerb : byte
{
    /// <summary>No command of that name.</summary>
    Unknown,

    /// <summary>set: stores.</summary>
    Set,

    /// <summary>add: stores when the key does not exist.</summary>
    Add,

    /// <summary>replace: stores when the key exists.</summary>
    Replace,

    /// <summary>append: behind what is there.</summary>
    Append,

    /// <summary>prepend: in front of what is there.</summary>
    Prepend,

    /// <summary>cas: stores when nobody else has since.</summary>
    CompareAndSet,

    /// <summary>ms: any of these.</summary>
    MetaSet,

    /// <summary>get: values of keys.</summary>
    Get,

    /// <summary>gets: the same with what <see cref="CompareAndSet"/> asks for.</summary>
    GetUnique,

    /// <summary>gat: get, and set the time to live.</summary>
    GetAndTouch,

    /// <summary>gats: both.</summary>
    GetUniqueAndTouch,

    /// <summary>mg: a value, or what is known of it.</summary>
    MetaGet,

    /// <summary>md: deletes, or marks as stale.</summary>
    MetaDelete,

    /// <summary>ma: incr and decr.</summary>
    MetaArithmetic,

    /// <summary>me: what the store knows of a key.</summary>
    MetaDebug,

    /// <summary>mn: nothing, answered.</summary>
    MetaNoOperation,

    /// <summary>delete.</summary>
    Delete,

    /// <summary>incr.</summary>
    Increment,

    /// <summary>decr.</summary>
    Decrement,

    /// <summary>touch: sets the time to live.</summary>
    Touch,

    /// <summary>flush_all: deletes everything, now or later.</summary>
    FlushAll,

    /// <summary>version.</summary>
    Version,

    /// <summary>verbosity: taken and ignored.</summary>
    Verbosity,

    /// <summary>stats.</summary>
    Statistics,

    /// <summary>cache_memlimit: the most memory.</summary>
    MemoryLimit,

    /// <summary>shutdown: refused.</summary>
    Shutdown,

    /// <summary>lru_crawler: of it, metadump.</summary>
    Crawler,

    /// <summary>slabs: refused, there are none.</summary>
    Slabs,

    /// <summary>watch: refused.</summary>
    Watch,

    /// <summary>quit.</summary>
    Quit,
}
