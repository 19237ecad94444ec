using System;

namespace Epollsrv.Ring;

/// <summary>
/// What one node has been told. "Opening" is the number of a connection: a node reached over another one may have forgotten everything.
/// </summary>
internal struct PeerProgress
{
    private int _opening;
    private bool _missed;

    // Where the next round goes on, of which set and over which opening; 0: it begins anew.
    private int _place;
    private int _version;
    private int _placeOpening;

    /// <summary>The opening over which every name has been registered, or 0.</summary>
    public int Informed { get; private set; }

    /// <summary>The node has forgotten everything.</summary>
    public void Forget() => Informed = 0;

    /// <summary>Where a round about all names goes on: where the last one
    /// stopped, unless the names or the connection have changed since.</summary>
    public int GoOnAt(int opening, int version)
    {
        int place = version == _version && opening == _placeOpening ? _place : 0;
        (_version, _placeOpening) = (version, opening);
        return place;
    }

    /// <summary>A round begins.</summary>
    public void Begin()
    {
        _opening = 0;
        _missed = false;
    }

    /// <summary>A name did not reach it.</summary>
    public void Missed() => _missed = true;

    /// <summary>It answered over this opening.</summary>
    public void Told(int opening)
    {
        _missed |= _opening != 0 && _opening != opening;
        _opening = opening;
    }

    /// <summary>The round ends, with the connection at this opening.</summary>
    /// <param name="opening">The connection's number now.</param>
    /// <param name="everything">The round was about all names.</param>
    /// <param name="place">The place of the name that it stopped at, because its time was over; −1: it came to the end.</param>
    public void End(int opening, bool everything, int place)
    {
        bool told = !_missed && (_opening == 0 || _opening == opening);
        _place = told ? Math.Max(place, 0) : 0;
        everything &= place < 0;
        Informed = told && (everything || Informed == opening) ? opening : told ? Informed : 0;
    }
}
