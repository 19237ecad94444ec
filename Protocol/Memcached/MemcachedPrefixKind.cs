namespace Epollsrv.Protocol.Memcached;

/// <summary>What <see cref="MemcachedPrefixes"/> count.</summary>
internal enum MemcachedPrefixKind
{
    /// <summary>A key was asked for, and there.</summary>
    Hit,

    /// <summary>A key was asked for, and not there.</summary>
    Miss,

    /// <summary>A value was to be stored.</summary>
    Set,

    /// <summary>A key was to be deleted.</summary>
    Delete,
}
