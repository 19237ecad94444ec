using System;
using Epollsrv.Store;

namespace Epollsrv.Journal;

/// <summary>The keys that an open group has changed: they get the position behind all of it. One thread.</summary>
internal unsafe struct GroupPositions
{
    // Of its keys, while positions are kept.
    private RecordBuffer _hashes;

    // Databases changed as a whole.
    private bool _changedAll;

    /// <summary>Notes a change.</summary>
    public void Note(Effect* effect)
    {
        if (effect->Kind is EffectKind.Flush or EffectKind.Swap)
        {
            _changedAll = true;
        }
        else
        {
            ulong hash = effect->Hash;
            _hashes.Add(new ReadOnlySpan<byte>(&hash, sizeof(ulong)));
        }
    }

    /// <summary>The group is in the log, up to a position.</summary>
    public void Raise(StoreAccess access, long position)
    {
        PositionTable? positions = access.Store.Positions;
        if (positions != null)
        {
            for (ulong* hash = (ulong*)_hashes.Data; (byte*)hash < _hashes.Data + _hashes.Length; hash++)
            {
                access.Observed.Write(positions, *hash, position, isAsked: true);
            }

            if (_changedAll)
            {
                access.Observed.Flush(positions, position);
            }
        }

        Clear();
    }

    /// <summary>Forgets the changes.</summary>
    public void Clear()
    {
        _hashes.Clear();
        _changedAll = false;
    }
}
