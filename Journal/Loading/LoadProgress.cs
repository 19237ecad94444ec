using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal.Loading;

/// <summary>How far loading has come. Written by the loading thread, read by any.</summary>
internal sealed class LoadProgress
{
    private long _bytes;
    private long _told = Clock.Monotonic();
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

    /// <summary>Libraries of functions that were left out of snapshots.</summary>
    public long SkippedFunctions { get; set; }

    /// <summary>Commands of logs that were left out because they are not about strings.</summary>
    public long SkippedCommands { get; set; }

    /// <summary>Commands of logs that failed.</summary>
    public long Failed { get; set; }

    /// <summary>Nanoseconds between two calls of <see cref="Tell"/>, and before the first.</summary>
    public long Interval { get; init; } = 5_000_000_000;

    /// <summary>Called by the loading thread from time to time; null: nobody wants to know.</summary>
    public Action<LoadProgress>? Tell { get; init; }

    /// <summary>Sets <see cref="Bytes"/>. The loading thread calls it again and again.</summary>
    public void Advance(long bytes)
    {
        Bytes = bytes;
        if (Tell is not null && Clock.Monotonic() - _told >= Interval)
        {
            Tell(this);
            _told = Clock.Monotonic();
        }
    }
}
