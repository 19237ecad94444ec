using System;

namespace Epollsrv.Share;

/// <summary>So many bytes a second, in bursts of at most a tenth of a second's worth. One thread.</summary>
internal sealed class RateLimit
{
    private const long Second = 1_000_000_000;

    private readonly long _bytesPerSecond;
    private readonly long _burst;
    private long _allowance;
    private long _last;

    /// <summary>Makes the limit; 0: there is none.</summary>
    public RateLimit(long bytesPerSecond)
    {
        _bytesPerSecond = bytesPerSecond;
        _burst = Math.Max(4096, bytesPerSecond / 10);
    }

    /// <summary>Whether there is a limit.</summary>
    public bool IsOn => _bytesPerSecond > 0;

    /// <summary>Bytes that may be read now.</summary>
    public long Allowance(long now)
    {
        if (!IsOn)
        {
            return long.MaxValue;
        }

        long passed = Math.Min(now - _last, Second);
        long earned = (long)((double)passed * _bytesPerSecond / Second);
        if (earned > 0)
        {
            _allowance = Math.Min(_burst, _allowance + earned);
            _last = now;
        }

        return _allowance;
    }

    /// <summary>Bytes were read.</summary>
    public void Spend(long bytes) => _allowance -= IsOn ? bytes : 0;
}
