namespace Epollsrv.Ring;

/// <summary>What the nodes of an operation have answered for good.</summary>
internal struct RingTally
{
    private int _successes;
    private int _refusals;

    /// <summary>How many have answered.</summary>
    public int Answers { get; private set; }

    /// <summary>What all answers come to.</summary>
    public readonly RingResult Result => _refusals > 0 ? RingResult.Refused
        : _successes > 0 ? RingResult.Done
        : Answers > 0 ? RingResult.NotFound
        : RingResult.Unreachable;

    /// <summary>A node has answered.</summary>
    public void Add(bool success, bool refusal = false)
    {
        Answers++;
        _successes += success ? 1 : 0;
        _refusals += refusal ? 1 : 0;
    }
}
