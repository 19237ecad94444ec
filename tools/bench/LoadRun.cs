using System.Threading;
using Epollsrv.Commands;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>
/// A run of load: threads started, measured from a snapshot to the end, stopped. For the main thread unless a member says otherwise.
/// </summary>
internal sealed unsafe class LoadRun
{
    private const long Second = 1_000_000_000;
    private const long SettleTime = 200_000_000;

    private readonly LoadThread[] _threads;
    private long _begin;
    private long _before;
    private long _cpuBefore;
    private int _stop;
    private int _code;
    private string? _failure;

    /// <summary>Makes the threads, not yet connected.</summary>
    public LoadRun(BenchSettings settings)
    {
        Settings = settings;
        _threads = new LoadThread[settings.Threads];
        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new LoadThread(this, i);
        }
    }

    /// <summary>What is run.</summary>
    public BenchSettings Settings { get; }

    /// <summary>Whether threads shall end. Any thread.</summary>
    public bool IsStopping => Volatile.Read(ref _stop) != 0; // pairs with GiveUp and Execute

    /// <summary>What ended the run before its time, or null.</summary>
    public string? Failure => _failure;

    /// <summary>The server's process, or null.</summary>
    public ServerProcess? Process { get; set; }

    /// <summary>Called once a second of the measurement and at its end; null for nothing.</summary>
    public RunProgress? Progress { get; set; }

    /// <summary>The times of all requests of the measurement.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>Requests answered in the measurement.</summary>
    public long Requests { get; private set; }

    /// <summary>Nanoseconds measured.</summary>
    public long Elapsed { get; private set; }

    /// <summary>CPU time of the load generator in the measurement, nanoseconds.</summary>
    public long ClientCpu { get; private set; }

    /// <summary>Replies that were errors, the warm-up included.</summary>
    public long Errors { get; private set; }

    /// <summary>Reads that found nothing, in the measurement.</summary>
    public long Misses { get; private set; }

    /// <summary>Requests that waited long at the end and were never answered.</summary>
    public long Unanswered { get; private set; }

    /// <summary>The first error the server answered, or null.</summary>
    public string? FirstError { get; private set; }

    /// <summary>Ends the run before its time; the first reason counts. Any thread.</summary>
    /// <param name="code">The exit code.</param>
    /// <param name="failure">What happened, or null when <see cref="FirstError"/> says it.</param>
    public void GiveUp(int code, string? failure)
    {
        if (Interlocked.CompareExchange(ref _code, code, 0) == 0) // pairs with itself on other threads; read after Join
        {
            _failure = failure;
        }

        Volatile.Write(ref _stop, 1); // pairs with IsStopping
    }

    /// <summary>Runs it.</summary>
    /// <returns>The exit code: 0, 1 after errors, 69 when the server cannot be reached or went away.</returns>
    public int Execute()
    {
        foreach (LoadThread thread in _threads)
        {
            if (thread.Connections.Open(Settings) is { } failure)
            {
                _failure = failure;
                CloseAll();
                return ExitCode.Unreachable;
            }
        }

        // Also without a warm-up: a busy machine may run the threads long before this one goes on.
        bool isCounted = Settings.Requests > 0 || (Settings.WarmUp == 0 && Process is not { Trace: > 0 });
        if (isCounted)
        {
            BeginMeasurement();
        }

        Thread[] started = new Thread[_threads.Length];
        for (int i = 0; i < started.Length; i++)
        {
            started[i] = new Thread(_threads[i].Run, 256 << 10) { IsBackground = true, Name = "load" };
            NewThread.Start(started[i]);
        }

        Measure(started, isCounted);
        Volatile.Write(ref _stop, 1); // pairs with IsStopping
        foreach (Thread thread in started)
        {
            thread.Join();
        }

        Collect();
        if (Settings.Hold > 0 && _code == 0)
        {
            _ = Descriptor.Poll(null, 0, (int)(Settings.Hold / 1_000_000));
            Process?.ReadMemory();
        }

        CloseAll();
        return _code != 0 ? _code : Errors > 0 ? ExitCode.Failed : ExitCode.Success;
    }

    private void Measure(Thread[] started, bool begun)
    {
        long patience = Clock.Monotonic();
        long answered = 0;
        if (Settings.WarmUp > 0)
        {
            _ = Wait(started, Settings.WarmUp, ref answered, ref patience);
        }

        if (Process is { Trace: > 0 } && Settings.Duration > 0 && Settings.Rate == 0)
        {
            Process.CountCalls(this);
            _ = Wait(started, SettleTime, ref answered, ref patience);
        }

        if (!begun)
        {
            BeginMeasurement();
        }

        long end = _begin + (Settings.Duration > 0 ? Settings.Duration : long.MaxValue / 2);
        bool ended = false;
        for (long tick = _begin + Second; !ended && Clock.Monotonic() < end; tick += Second)
        {
            ended = Wait(started, System.Math.Min(tick, end) - Clock.Monotonic(), ref answered, ref patience);
            if (!ended || Requests == 0)
            {
                Progress?.Tick(this, Clock.Monotonic());
            }
        }

        Elapsed = Clock.Monotonic() - _begin;
        Requests = Replies() - _before;
        Snapshot(1);
        ClientCpu = Clock.ProcessCpuTime() - _cpuBefore;
        Process?.End();
        if (Settings.Requests > 0)
        {
            // The main thread sees the end some milliseconds late.
            long last = 0;
            foreach (LoadThread thread in _threads)
            {
                last = System.Math.Max(last, thread.Ended);
            }

            Elapsed = last > _begin ? last - _begin : Elapsed;
        }
    }

    // The counts at the start of the measurement are taken away at its end: no thread has to be told.
    private void BeginMeasurement()
    {
        Snapshot(-1);
        Process?.Begin();
        _cpuBefore = Clock.ProcessCpuTime();
        _before = Replies();
        _begin = Clock.Monotonic();
        Progress?.Begin(this, _begin);
    }

    /// <summary>Requests answered so far. Any thread.</summary>
    public long Replies()
    {
        long sum = 0;
        foreach (LoadThread thread in _threads)
        {
            sum += thread.Times.Replies;
        }

        return sum;
    }

    /// <summary>Errors so far, possibly a moment late.</summary>
    public long ErrorsSoFar()
    {
        long sum = 0;
        foreach (LoadThread thread in _threads)
        {
            sum += thread.Errors;
        }

        return sum;
    }

    /// <summary>Adds the times of all threads so far to a histogram.</summary>
    public void AddLatency(Histogram target)
    {
        foreach (LoadThread thread in _threads)
        {
            target.Merge(thread.Times.Latency);
        }
    }

    // Sleeps at most so long; true when all threads have ended. Gives the run up when nothing is answered for too long.
    private bool Wait(Thread[] started, long nanoseconds, ref long answered, ref long patience)
    {
        long until = Clock.Monotonic() + nanoseconds;
        for (long now = Clock.Monotonic(); now < until; now = Clock.Monotonic())
        {
            bool alive = false;
            int milliseconds = (int)System.Math.Clamp((until - now + 999_999) / 1_000_000, 1, 50);
            foreach (Thread thread in started)
            {
                alive |= !thread.Join(alive ? 0 : milliseconds);
            }

            if (!alive)
            {
                return true;
            }

            long replies = Replies();
            now = Clock.Monotonic();
            patience = replies == answered ? patience : now;
            answered = replies;
            if (now - patience > Settings.Patience && Settings.Duration == 0)
            {
                GiveUp(ExitCode.Unreachable, "no answer for " + ValueText.FormatDuration(Settings.Patience));
                return true;
            }
        }

        return false;
    }

    private void Snapshot(int factor)
    {
        foreach (LoadThread thread in _threads)
        {
            Latency.Merge(thread.Times.Latency, factor);
            Misses += factor * thread.Misses;
        }
    }

    private void Collect()
    {
        foreach (LoadThread thread in _threads)
        {
            Latency.Merge(thread.Times.Waiting);
            Errors += thread.Errors;
            Unanswered += thread.Times.Unanswered;
            FirstError ??= thread.FirstError;
        }
    }

    private void CloseAll()
    {
        foreach (LoadThread thread in _threads)
        {
            thread.Close();
        }
    }
}
