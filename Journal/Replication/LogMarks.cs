using System.Collections.Generic;
using System.Threading;

namespace Epollsrv.Journal;

/// <summary>
/// Where in an increment some of its blocks begin, about one for each megabyte, so that a position is found without reading the file
/// from its beginning. Any thread.
/// </summary>
internal sealed class LogMarks
{
    private const long Distance = 1 << 20;

    private readonly Lock _lock = new();
    private readonly List<LogMark> _marks = [];

    /// <summary>Notes a block, if the last one that was noted is far enough away. In the order of the file.</summary>
    public void Note(long position, long offset)
    {
        lock (_lock)
        {
            if (position >= 0 && (_marks.Count == 0 || offset - _marks[^1].Offset >= Distance))
            {
                _marks.Add(new LogMark(position, offset));
            }
        }
    }

    /// <summary>The last noted block that begins at a position or before it.</summary>
    public bool TryFind(long position, out LogMark found)
    {
        lock (_lock)
        {
            int low = 0;
            for (int high = _marks.Count; low < high;)
            {
                int middle = (low + high) / 2;
                (low, high) = _marks[middle].Position <= position ? (middle + 1, high) : (low, middle);
            }

            found = low == 0 ? default : _marks[low - 1];
            return low != 0;
        }
    }
}
