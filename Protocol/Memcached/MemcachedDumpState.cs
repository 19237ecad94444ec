namespace Epollsrv.Protocol.Memcached;

/// <summary>A list of keys on its way.</summary>
internal struct MemcachedDumpState
{
    /// <summary>The list.</summary>
    public ByteBuilder Text;

    /// <summary>Keys that there may be more.</summary>
    public long Left;
}
