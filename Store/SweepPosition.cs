namespace Epollsrv.Store;

/// <summary>Where a search for expired keys stopped, so that another thread can go on.</summary>
public struct SweepPosition
{
    /// <summary>The partition.</summary>
    internal int Partition;

    /// <summary>Buckets of it that are still to be looked at, plus one; 0: it was not begun.</summary>
    internal ulong BucketsAndOne;
}
