using System.Threading;

namespace Epollsrv.Protocol.Memcached;

/// <summary>What the memcached protocol goes by.</summary>
internal sealed class MemcachedOptions
{
    private long _maxItem = 1 << 20;

    /// <summary>Most bytes of an item, as memcached counts them: with its key and some 60 bytes more (--max-item). May change. Any
    /// thread.</summary>
    public long MaxItem
    {
        get => Volatile.Read(ref _maxItem); // pairs with the set
        set => Volatile.Write(ref _maxItem, value);
    }

    /// <summary>The port that the first listener was asked for, as stats settings shows it; 0: none.</summary>
    public int Port { get; set; }
}
