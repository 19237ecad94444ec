using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// Whether the name of the log's file still leads to it. When somebody removes or moves the directory of a running node, or something else
/// is mounted there, the kernel still takes all that is written to the open file, but no start would find it. One thread.
/// </summary>
internal sealed class LogPlace
{
    private readonly LogFile _file;
    private readonly FileStatus _status;
    private readonly bool _isKnown;

    /// <summary>Notes what has the name now: the file was opened a moment ago.</summary>
    public LogPlace(LogFile file)
    {
        _file = file;
        _isKnown = Files.StatusOf(file.Path, out _status) == 0;
    }

    /// <summary>Looks once more.</summary>
    /// <returns>0, or −errno: nothing has the name, or something else. What else may be wrong shows when the file is written.</returns>
    public int Look()
    {
        int result = Files.StatusOf(_file.Path, out FileStatus now);
        return result is -Errno.NoEntry or -Errno.NotDirectory ? result
            : result == 0 && _isKnown && !now.IsSameFile(_status) ? -Errno.Stale : 0;
    }
}
