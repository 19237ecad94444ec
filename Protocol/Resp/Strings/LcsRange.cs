namespace Epollsrv.Protocol.Resp;

/// <summary>A run of matching bytes in both values, found from its end to its start.</summary>
internal struct LcsRange
{
    private readonly long _closed;
    private long _firstStart;
    private long _firstEnd;
    private long _secondStart;
    private long _secondEnd;

    /// <summary>Makes none; <paramref name="closed"/> is no position of the first value.</summary>
    public LcsRange(long closed)
    {
        _closed = closed;
        _firstStart = closed;
    }

    /// <summary>Whether there is one.</summary>
    public readonly bool IsOpen => _firstStart != _closed;

    /// <summary>Whether it reaches the start of either value.</summary>
    public readonly bool IsAtStart => _firstStart == 0 || _secondStart == 0;

    /// <summary>Bytes in it.</summary>
    public readonly long Length => _firstEnd - _firstStart + 1;

    /// <summary>Takes in a match that ends before these positions; false: it does not adjoin.</summary>
    public bool TryExtend(long first, long second)
    {
        if (!IsOpen)
        {
            _firstStart = first - 1;
            _firstEnd = first - 1;
            _secondStart = second - 1;
            _secondEnd = second - 1;
            return true;
        }

        if (_firstStart != first || _secondStart != second)
        {
            return false;
        }

        _firstStart--;
        _secondStart--;
        return true;
    }

    /// <summary>Adds it to a reply: both ranges, and its length when wanted.</summary>
    public readonly void Add(ref ReplyBuffer reply, bool withLength)
    {
        reply.Add((byte)'*', withLength ? 3 : 2);
        reply.Add((byte)'*', 2);
        reply.Add((byte)':', _firstStart);
        reply.Add((byte)':', _firstEnd);
        reply.Add((byte)'*', 2);
        reply.Add((byte)':', _secondStart);
        reply.Add((byte)':', _secondEnd);
        if (withLength)
        {
            reply.Add((byte)':', Length);
        }
    }

    /// <summary>The next match begins another.</summary>
    public void Close() => _firstStart = _closed;
}
