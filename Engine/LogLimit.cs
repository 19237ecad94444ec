using System.Globalization;
using System.Threading;

namespace Epollsrv.Engine;

/// <summary>Limits log lines that peers can cause: at most so many in an interval. The next line after it tells how many were left out.
/// Any thread.</summary>
internal sealed class LogLimit(int most, long nanoseconds)
{
    private readonly Lock _lock = new();
    private long _began = long.MinValue;
    private int _written;
    private long _leftOut;

    /// <summary>Counts an event.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="addition">What the event's line has to say of those that were left out before it; empty: there were none.</param>
    /// <returns>Whether the event gets a line.</returns>
    public bool Allows(long now, out string addition)
    {
        addition = string.Empty;
        lock (_lock)
        {
            if (_began == long.MinValue || now - _began >= nanoseconds)
            {
                _began = now;
                _written = 0;
            }

            if (_written >= most)
            {
                _leftOut++;
                return false;
            }

            _written++;
            if (_leftOut > 0)
            {
                addition = " (" + _leftOut.ToString(CultureInfo.InvariantCulture) + " more such events had no line)";
                _leftOut = 0;
            }

            return true;
        }
    }
}
