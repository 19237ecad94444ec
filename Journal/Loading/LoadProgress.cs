using System.Threading;

namespace Epollsrv.Journal.Loading;

/// <summary>How far loading has come. Written by the loading thread, read by any.</summary>
internal sealed class LoadProgress
{
    private long _bytes;
    private long _keys;
    private bool _isStopped;

    /// <summary>Whether loading is to end at once, as an error. Set by any thread.</summary>
    public bool IsStopped
    {
        get => Volatile.Read(ref _isStopped); // pairs with the set
        set => Volatile.Write(ref _isStopped, value); // pairs with the get
    }

    /// <summary>Bytes of all files.</summary>
    public long TotalBytes { get; set; }

    /// <summary>Bytes read.</summary>
    public long Bytes
    {
        get => Volatile.Read(ref _bytes); // pairs with the set
        set => Volatile.Write(ref _bytes, value); // pairs with the get
    }

    /// <summary>Keys of snapshots and commands of logs.</summary>
    public long Keys
    {
        get => Volatile.Read(ref _keys); // pairs with the set
        set => Volatile.Write(ref _keys, value); // pairs with the get
    }

    /// <summary>Keys that were left out because their values are no strings.</summary>
    public long Skipped { get; set; }
}
