namespace Epollsrv.Protocol.Memcached;

/// <summary>What is wrong with a command line, found before the command runs.</summary>
internal enum MemcachedFault : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It has too few or too many words.</summary>
    Words,

    /// <summary>A word is not what it has to be.</summary>
    Format,

    /// <summary>The value does not end where it should.</summary>
    Chunk,

    /// <summary>The value is larger than any that is stored; it is thrown away.</summary>
    TooLarge,
}
