using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>Has a log's file on the disk at each interval, on a thread of its own: that can take long. Says when the file is not where it
/// should be.</summary>
internal sealed class LogSynchronizer
{
    private const int StackBytes = 256 * 1024;
    private const long LookInterval = 1_000_000_000;

    private readonly ChangeLog _log;
    private readonly Thread _thread;
    private readonly Lock _file = new();
    private readonly WakeWord _word = new();
    private long _position;
    private int _busy;
    private bool _isRequested;
    private bool _ends;

    // Of the writing thread.
    private LogPlace _place;
    private long _nextLook;

    /// <summary>Makes it for a log whose records up to a position are on the disk.</summary>
    public LogSynchronizer(ChangeLog log, long position)
    {
        _log = log;
        _position = position;
        _place = new LogPlace(log.File);
        _thread = NewThread.Create(Run, StackBytes, "log-sync");
    }

    /// <summary>What it did.</summary>
    public SynchronizationStatistics Statistics { get; } = new();

    /// <summary>The position up to which the disk has the records. Any thread.</summary>
    public long Position => Volatile.Read(ref _position); // pairs with Synchronize

    /// <summary>Whether the disk is at work just now, so that a write could wait for it. Any thread, as a hint.</summary>
    public bool IsBusy => Volatile.Read(ref _busy) != 0; // pairs with Synchronize

    /// <summary>Starts the thread.</summary>
    public void Start() => NewThread.Start(_thread);

    /// <summary>Synchronizes once, soon. Any thread.</summary>
    public void Request()
    {
        Volatile.Write(ref _isRequested, true); // pairs with Run
        _word.Wake();
    }

    /// <summary>The interval has changed.</summary>
    public void Wake() => _word.Wake();

    /// <summary>Ends the thread.</summary>
    public void End()
    {
        Volatile.Write(ref _ends, true); // pairs with Run
        Wake();
        NewThread.Join(_thread);
    }

    /// <summary>Has what waits written and on the disk when it returns true. Any of the log's threads.</summary>
    public bool Synchronize()
    {
        LogFile file = _log.WriteAll(out long position);
        int result = Synchronize(file, position);
        if (result < 0)
        {
            _log.Lose(file, result);
        }

        return result == 0 && _log.Condition.State == LogState.Sound;
    }

    /// <summary>Has a file on the disk, with the records up to a position. Any of the log's threads.</summary>
    /// <returns>0 or −errno.</returns>
    private int Synchronize(LogFile file, long position)
    {
        int result = 0;
        lock (_file)
        {
            if (position > Position || !file.IsClean)
            {
                Volatile.Write(ref _busy, 1); // pairs with IsBusy
                long began = Clock.Monotonic();
                result = file.Synchronize();
                Statistics.Add(began, Clock.Monotonic());
                Volatile.Write(ref _busy, 0); // pairs with IsBusy
            }

            if (result == 0 && position > Position)
            {
                Volatile.Write(ref _position, position); // pairs with Position
            }
        }

        return result;
    }

    /// <summary>Once a second: when a loader would not find the log's file any more, the log is lost. The writing thread.</summary>
    public void LookForFile()
    {
        long now = Clock.Monotonic();
        if (now < _nextLook || _log.Condition.State == LogState.Lost || _log.File.IsNowhere)
        {
            return;
        }

        _nextLook = now + LookInterval;
        int result = _place.Look();
        if (result < 0)
        {
            _log.Condition.Fail(LogState.Lost, "does not find its file", _log.File, result);
        }
    }

    /// <summary>Closes a file that nobody writes to any more; the log has another one. The writing thread.</summary>
    public void Close(LogFile file)
    {
        _place = new LogPlace(_log.File);
        lock (_file)
        {
            file.Close();
        }
    }

    private void Run()
    {
        long last = Clock.Monotonic();
        while (!Volatile.Read(ref _ends)) // pairs with End
        {
            long interval = _log.Interval;
            long wait = interval <= 0 ? -1 : Math.Max(0, last + interval - Clock.Monotonic());
            bool isRequested = Volatile.Read(ref _isRequested); // pairs with Request
            if (wait != 0 && !isRequested)
            {
                // The interval may be another afterwards.
                _word.Wait(wait < 0 ? -1 : (int)((wait + 999_999) / 1_000_000));
                continue;
            }

            Volatile.Write(ref _isRequested, false); // pairs with Request
            if (interval > 0 || isRequested)
            {
                last = Clock.Monotonic();
                if (_log.Condition.State != LogState.Lost && (_log.Buffer.End > Position))
                {
                    _ = Synchronize();
                }
            }
        }
    }
}
