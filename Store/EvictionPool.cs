using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// The best candidates for eviction that sampling has met so far in one partition, ascending by score, as in Redis's
/// approximated LRU since 3.0. Candidates are remembered by hash and access clock, because records move; one that was
/// used since it was sampled is dropped instead of evicted.
/// </summary>
internal struct EvictionPool
{
    internal const int Capacity = 16;
    private Candidates _candidates;
    private int _count;
    private EvictionPolicy _policy;

    /// <summary>Forgets everything when the candidates were chosen under another policy.</summary>
    internal void StartFor(EvictionPolicy policy)
    {
        if (_policy != policy)
        {
            _policy = policy;
            _count = 0;
        }
    }

    /// <summary>Adds a candidate if it is better than the worst or there is room.</summary>
    internal void Offer(ulong hash, uint clock, ulong score)
    {
        if (_count == Capacity && score <= _candidates[0].Score)
        {
            return;
        }

        int place = 0;
        for (int index = 0; index < _count; index++)
        {
            if (_candidates[index].Hash == hash)
            {
                return;
            }

            if (_candidates[index].Score < score)
            {
                place = index + 1;
            }
        }

        if (_count == Capacity)
        {
            // The worst one, at the front, makes room.
            place--;
            for (int index = 0; index < place; index++)
            {
                _candidates[index] = _candidates[index + 1];
            }
        }
        else
        {
            for (int index = _count; index > place; index--)
            {
                _candidates[index] = _candidates[index - 1];
            }

            _count++;
        }

        _candidates[place] = new Candidate { Hash = hash, Clock = clock, Score = score };
    }

    /// <summary>Takes the best candidate out.</summary>
    internal bool TryTakeBest(out ulong hash, out uint clock)
    {
        if (_count == 0)
        {
            hash = 0;
            clock = 0;
            return false;
        }

        _count--;
        hash = _candidates[_count].Hash;
        clock = _candidates[_count].Clock;
        return true;
    }

    private struct Candidate
    {
        internal ulong Hash;
        internal ulong Score;
        internal uint Clock;
    }

    [InlineArray(Capacity)]
    private struct Candidates
    {
        private Candidate _first;
    }
}
