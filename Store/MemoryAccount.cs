namespace Epollsrv.Store;

/// <summary>What one partition has taken from the store's <see cref="MemoryBudget"/>.
/// Changed by the holder of the partition's lock.</summary>
internal unsafe struct MemoryAccount
{
    /// <summary>The budget of all partitions.</summary>
    internal MemoryBudget* Budget;

    /// <summary>Bytes taken. Read without the lock for reports.</summary>
    internal long Taken;

    /// <summary>Takes bytes, unless that passes the maximum.</summary>
    internal bool TryTake(long bytes)
    {
        if (!Budget->TryTake(bytes))
        {
            return false;
        }

        Taken += bytes;
        return true;
    }

    /// <summary>Takes bytes beyond the maximum if need be.</summary>
    internal void Take(long bytes)
    {
        Budget->Take(bytes);
        Taken += bytes;
    }

    /// <summary>Gives bytes back.</summary>
    internal void Return(long bytes)
    {
        if (bytes != 0)
        {
            Taken -= bytes;
            Budget->Return(bytes);
        }
    }
}
