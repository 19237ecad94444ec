using System.Runtime.InteropServices;

namespace Epollsrv.Engine;

/// <summary>
/// What one thread counted since the start. Each field is written by that thread alone and read by others in passing, so no
/// atomics are needed: an aligned 64-bit store is whole. A thread's counters lie on cache lines of their own.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 512)]
internal struct Counters
{
    /// <summary>Connections accepted (loop).</summary>
    public long Accepted;

    /// <summary>Connections refused because the limit was reached (loop).</summary>
    public long Rejected;

    /// <summary>Times accepting had to pause for lack of descriptors or memory (loop).</summary>
    public long AcceptPauses;

    /// <summary>Connections closed.</summary>
    public long Closed;

    /// <summary>Of those: reset by the peer or broken while sending.</summary>
    public long Resets;

    /// <summary>Of those: ended in the middle of a request.</summary>
    public long Aborted;

    /// <summary>Of those: closed for a deadline.</summary>
    public long TimedOut;

    /// <summary>Jobs run.</summary>
    public long Jobs;

    /// <summary>Jobs handed to a worker because they were long.</summary>
    public long LongJobs;

    /// <summary>Requests answered, all protocols.</summary>
    public long Requests;

    /// <summary>Requests answered with a protocol error.</summary>
    public long ProtocolErrors;

    /// <summary>Bytes received.</summary>
    public long BytesIn;

    /// <summary>Bytes sent.</summary>
    public long BytesOut;

    /// <summary>Times the output of a job did not fit the socket.</summary>
    public long OutputBlocked;

    /// <summary>Times epoll_wait returned (loop).</summary>
    public long Waits;

    /// <summary>Events received (loop).</summary>
    public long Events;

    /// <summary>Workers asked to wake by this thread.</summary>
    public long Wakes;

    /// <summary>Times this worker parked.</summary>
    public long Parks;

    /// <summary>Files sent or begun.</summary>
    public long FilesSent;

    /// <summary>Nanoseconds spent in jobs.</summary>
    public long BusyNanoseconds;

    /// <summary>Managed bytes this thread had allocated at its last look, see <see cref="Worker"/>.</summary>
    public long ManagedBytes;
}
