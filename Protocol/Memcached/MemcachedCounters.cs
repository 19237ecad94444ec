namespace Epollsrv.Protocol.Memcached;

/// <summary>What one thread counted, under memcached's names. Only its thread writes it; any thread may read it. All fields are long, so
/// that they can be added up.</summary>
internal struct MemcachedCounters
{
    /// <summary>Requests of any kind.</summary>
    public long Requests;

    /// <summary>Requests answered with an error, or not at all because of one.</summary>
    public long Errors;

    /// <summary>Keys asked for by get, gets and mg.</summary>
    public long Gets;

    /// <summary>Of them, those that were there.</summary>
    public long GetHits;

    /// <summary>Of them, those that were not.</summary>
    public long GetMisses;

    /// <summary>Values that were to be stored.</summary>
    public long Sets;

    /// <summary>flush_all.</summary>
    public long Flushes;

    /// <summary>Keys whose time was to be set.</summary>
    public long Touches;

    /// <summary>Of them, those that were there.</summary>
    public long TouchHits;

    /// <summary>Of them, those that were not.</summary>
    public long TouchMisses;

    /// <summary>Keys deleted.</summary>
    public long DeleteHits;

    /// <summary>Keys to delete that were not there.</summary>
    public long DeleteMisses;

    /// <summary>Numbers raised.</summary>
    public long IncrementHits;

    /// <summary>Numbers to raise that were not there.</summary>
    public long IncrementMisses;

    /// <summary>Numbers lowered.</summary>
    public long DecrementHits;

    /// <summary>Numbers to lower that were not there.</summary>
    public long DecrementMisses;

    /// <summary>cas that stored.</summary>
    public long CompareHits;

    /// <summary>cas of keys that were not there.</summary>
    public long CompareMisses;

    /// <summary>cas of keys that somebody else had changed.</summary>
    public long CompareBad;

    /// <summary>Meta commands.</summary>
    public long Meta;

    /// <summary>Values that were too large.</summary>
    public long TooLarge;

    /// <summary>Values that there was no memory for.</summary>
    public long NoMemory;

    /// <summary>Passwords given.</summary>
    public long Logins;

    /// <summary>Wrong ones.</summary>
    public long LoginErrors;
}
