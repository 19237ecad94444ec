namespace Epollsrv.Ring;

/// <summary>
/// What one node has been told. "Opening" is the number of a connection: a node reached over another one may have forgotten everything.
/// </summary>
internal struct NodeProgress
{
    private int _opening;
    private bool _missed;

    /// <summary>The opening over which every name has been registered, or 0.</summary>
    public int Informed { get; private set; }

    /// <summary>The node has forgotten everything.</summary>
    public void Forget() => Informed = 0;

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
    public void End(int opening, bool everything)
    {
        bool told = !_missed && (_opening == 0 || _opening == opening);
        Informed = told && (everything || Informed == opening) ? opening : told ? Informed : 0;
    }
}
