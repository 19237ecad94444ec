using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>
/// Counts the system calls of processes with ptrace, as strace does: the kernel keeps no such count. Every call stops its thread
/// twice, so the server is many times slower meanwhile: this is a phase of its own, after the measurement. One thread makes all calls.
/// </summary>
internal sealed unsafe class SystemCallCounter
{
    private const int TrapSignal = 5;
    private const int SystemCallStop = TrapSignal | 0x80;
    private const int EventStop = 128;
    private const long LongestChange = 2_000_000_000;

    private enum Phase
    {
        Attaching,
        Counting,
        Detaching,
    }

    private readonly int[] _threads;
    private int _attached;

    // Threads that have stopped for the first time: until then they run without being counted.
    private int _traced;
    private long _stops;

    /// <summary>Names the threads to watch.</summary>
    public SystemCallCounter(int[] threads) => _threads = threads;

    /// <summary>System calls made, entry and exit counted as one.</summary>
    public long Calls => _stops / 2;

    /// <summary>Attaches to all threads, and waits until each of them is counted. On failure none stays attached.</summary>
    /// <returns>0, or −errno of the first that refused (−EPERM: not allowed, or traced already).</returns>
    public int Attach()
    {
        foreach (int thread in _threads)
        {
            int result = ProcessTrace.Seize(thread);
            if (result < 0 && result != -Errno.NoProcess)
            {
                DetachAll();
                return result;
            }

            if (result == 0)
            {
                _attached++;
                _ = ProcessTrace.Request(ProcessTrace.Interrupt, thread, 0);
            }
        }

        Loop(Clock.Monotonic() + LongestChange, Phase.Attaching);
        _stops = 0;
        return 0;
    }

    /// <summary>Counts for so many nanoseconds.</summary>
    public void Count(long nanoseconds) => Loop(Clock.Monotonic() + nanoseconds, Phase.Counting);

    /// <summary>Lets all threads go.</summary>
    public void DetachAll()
    {
        foreach (int thread in _threads)
        {
            _ = ProcessTrace.Request(ProcessTrace.Interrupt, thread, 0);
        }

        // What is still attached after this long, the kernel lets go when this thread ends.
        Loop(Clock.Monotonic() + LongestChange, Phase.Detaching);
    }

    private void Loop(long until, Phase phase)
    {
        int idle = 0;
        while (_attached > 0 && (phase != Phase.Attaching || _traced < _attached) && Clock.Monotonic() < until)
        {
            int thread = ProcessTrace.Poll(out int status);
            if (thread > 0)
            {
                idle = 0;
                Handle(thread, status, phase == Phase.Detaching);
            }
            else if (++idle < 100)
            {
                _ = System.Threading.Thread.Yield();
            }
            else
            {
                _ = Descriptor.Poll(null, 0, 1);
            }
        }
    }

    private void Handle(int thread, int status, bool detaching)
    {
        if ((status & 0xFF) != 0x7F)
        {
            // Ended, by itself or by a signal.
            _attached--;
            return;
        }

        int signal = (status >> 8) & 0xFF;
        bool isEvent = status >> 16 == EventStop;
        bool isCall = signal == SystemCallStop;
        _stops += isCall && !detaching ? 1 : 0;
        int deliver = isEvent || isCall ? 0 : signal;
        if (detaching)
        {
            _attached--;
            _ = ProcessTrace.Request(ProcessTrace.Detach, thread, deliver);
            return;
        }

        _traced += isEvent ? 1 : 0;

        // A stop by SIGSTOP and the like goes on being one.
        _ = ProcessTrace.Request(isEvent && signal != TrapSignal ? ProcessTrace.Listen : ProcessTrace.Continue, thread, deliver);
    }
}
