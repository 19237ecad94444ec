using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The log of a running node, behind <see cref="LogBuffer"/>: has the records written and on the disk in time. The thread that wants to
/// reply writes what waits (<see cref="Reach"/>), of all threads at once, which costs one system call. The writing thread does it instead
/// while the disk is busy, which could take long, and when replies wait for the disk.
/// </summary>
internal sealed unsafe class ChangeLog
{
    /// <summary>For <see cref="Interval"/>: replies wait until the disk has what they tell of.</summary>
    public const long Always = 0;

    /// <summary>For <see cref="Interval"/>: the kernel decides when the disk gets it.</summary>
    public const long Never = -1;

    private const int LookMilliseconds = 1000;
    private const int StackBytes = 256 * 1024;
    private const long NoCut = -1;
    private const long MostByCaller = 1 << 20; // more takes long, if only for the checksum

    private readonly ReachedPosition _reached;
    private readonly LogSynchronizer _synchronizer;
    private readonly Lock _writing = new();
    private readonly IoVector[] _vectors = new IoVector[LogBuffer.MostVectors + 1];
    private readonly Thread _writer;
    private readonly WakeWord _work = new();
    private LogFile _file;
    private LogFile? _next;
    private long _cut = NoCut;
    private long _interval;
    private long _written;
    private bool _ends;
    private bool _stops;

    /// <summary>Makes a log that goes on behind a file's end. Its threads run from <see cref="Start"/> on.</summary>
    public ChangeLog(LogBuffer buffer, LogFile file, long interval, LogListener listener)
    {
        Buffer = buffer;
        _file = file;
        _interval = interval;
        Condition = new LogCondition(listener);
        _reached = new ReachedPosition(listener, Condition, buffer.End);
        _written = buffer.End;
        _synchronizer = new LogSynchronizer(this, buffer.End);
        _writer = NewThread.Create(RunWriter, StackBytes, "log");
    }

    /// <summary>The records that wait.</summary>
    public LogBuffer Buffer { get; }

    /// <summary>What it costs to have records on the disk, and when that was last done.</summary>
    public SynchronizationStatistics Statistics => _synchronizer.Statistics;

    /// <summary>Nanoseconds between two synchronizations, or <see cref="Always"/>, or <see cref="Never"/>. Any thread.</summary>
    public long Interval
    {
        get => Volatile.Read(ref _interval); // pairs with the set
        set
        {
            Volatile.Write(ref _interval, value); // pairs with the get
            _work.Wake();
            _synchronizer.Wake();
        }
    }

    /// <summary>The position up to which the kernel has the records. Any thread.</summary>
    public long Written => Volatile.Read(ref _written); // pairs with WriteWaiting

    /// <summary>The position up to which the disk has them. Any thread.</summary>
    public long Synchronized => _synchronizer.Position;

    /// <summary>Up to where others may have the records: with <see cref="Always"/> the disk has them first. Any thread.</summary>
    public long Shareable => Interval == Always && State == LogState.Sound ? Synchronized : long.MaxValue;

    /// <summary>The file that is written to. Any thread, for reports.</summary>
    public LogFile File => Volatile.Read(ref _file); // pairs with SwitchFile

    /// <summary>Whether it can be written.</summary>
    public LogCondition Condition { get; }

    /// <summary>Where replicas are fed from. Any thread.</summary>
    public ReplicationBacklog Backlog { get; init; } = new();

    private LogState State => Condition.State;
    private bool IsRotating => Volatile.Read(ref _cut) != NoCut; // pairs with Rotate and SwitchFile

    /// <summary>Starts the threads.</summary>
    public void Start()
    {
        NewThread.Start(_writer);
        _synchronizer.Start();
    }

    /// <summary>Has a position reached as soon as possible, before this returns if that does not take long. Any thread.</summary>
    public void Reach(long position)
    {
        if (_reached.Value >= position)
        {
            return;
        }

        if (Buffer.End - Written > MostByCaller || Interval == Always || _synchronizer.IsBusy || IsRotating || State != LogState.Sound)
        {
            _work.Wake();
            return;
        }

        lock (_writing)
        {
            if (Written < position && !Volatile.Read(ref _ends)) // pairs with Close: the records may be another log's by now
            {
                WriteWaiting();
            }
        }
    }

    /// <summary>Goes on in another file. All partitions are locked. Replies go on, unless they wait for the disk.</summary>
    /// <param name="next">An empty file, whose name is on the disk.</param>
    /// <param name="afresh">Whether what waits is not to be written: the snapshot that begins now has it, the old file is lost.</param>
    /// <returns>The position where the file begins.</returns>
    public long Rotate(LogFile next, bool afresh)
    {
        long cut = Buffer.Cut(afresh);
        _next?.Close();
        _next = next;
        Volatile.Write(ref _cut, cut); // pairs with IsRotating
        if (afresh)
        {
            Volatile.Write(ref _written, cut); // pairs with Written
        }

        return cut;
    }

    /// <summary>Waits until the file of the last <see cref="Rotate"/> is written to (the old one is on the disk), or cannot be.</summary>
    /// <returns>Whether it is.</returns>
    public bool WaitForRotation(bool afresh)
    {
        while (IsRotating)
        {
            bool isLost = State == LogState.Lost || (State == LogState.CannotWrite && Volatile.Read(ref _stops)); // pairs with Stop
            if ((isLost && !afresh) || Volatile.Read(ref _ends)) // pairs with Close
            {
                return false;
            }

            Thread.Sleep(1);
        }

        return true;
    }

    /// <summary>Has the log's thread write soon. Any thread.</summary>
    public void WriteSoon() => _work.Wake();

    /// <summary>Waits for who is writing just now. Afterwards nobody writes, when the log is lost, until it is well again.</summary>
    public void WaitForWrite()
    {
        lock (_writing)
        {
        }
    }

    /// <summary>The disk has a snapshot and all records since then: all is well again.</summary>
    public void Recover()
    {
        Condition.Mend(LogState.Lost);
        _work.Wake();
    }

    /// <summary>Has the records up to now on the disk soon, also when nothing ever has them there by itself. Any thread.</summary>
    public void RequestSynchronization() => _synchronizer.Request();

    /// <summary>The log is about to end: nobody waits any more for a disk that is full. Before <see cref="Close"/>.</summary>
    public void Stop() => Volatile.Write(ref _stops, true); // pairs with WaitForRotation

    /// <summary>Writes what waits, has it on the disk, and ends the threads. Nobody appends any more.</summary>
    /// <returns>Whether that worked.</returns>
    public bool Close()
    {
        Volatile.Write(ref _ends, true); // pairs with RunWriter
        _work.Wake();
        NewThread.Join(_writer);
        _synchronizer.End();
        if (IsRotating)
        {
            _ = WriteAll(out _);
            SwitchFile();
        }

        bool saved = State != LogState.Lost && _synchronizer.Synchronize();
        _file.Close();
        return saved;
    }

    /// <summary>Writes what waits, and answers where the last of it is. The log's threads.</summary>
    internal LogFile WriteAll(out long position)
    {
        lock (_writing)
        {
            WriteWaiting();
            position = Written;
            return _file;
        }
    }

    /// <summary>A file could not be had on the disk: nothing more is written to it. The log's threads.</summary>
    internal void Lose(LogFile file, int result)
    {
        lock (_writing)
        {
            Condition.Fail(LogState.Lost, "cannot write to the disk", file, result);
            Buffer.Discard();
        }
    }

    // Under _writing. Writes all that waits.
    private void WriteWaiting()
    {
        fixed (IoVector* vectors = _vectors)
        {
            int count;
            while (State != LogState.Lost && (count = Buffer.Take(vectors + 1, Volatile.Read(ref _cut), out long bytes)) > 0)
            {
                // Before the file: that changes the vectors, and replicas need not wait for it, unless they wait for the disk.
                Backlog.Append(vectors + 1, count, Buffer.Begin);
                int result = _file.Write(vectors, count + 1, bytes, Buffer.Begin, Synchronized);
                if (result < 0)
                {
                    Condition.Fail(LogState.CannotWrite, "cannot write", _file, result);
                    return;
                }

                Buffer.Release(bytes);
                Volatile.Write(ref _written, Buffer.Begin); // pairs with Written
            }
        }

        if (Buffer.HasLost && State != LogState.Lost)
        {
            Condition.Fail(LogState.Lost, "no memory for records of", _file, -Errno.NoMemory);
        }
        else if (State == LogState.CannotWrite)
        {
            Condition.Mend(LogState.CannotWrite);
        }

        if (Interval != Always)
        {
            _reached.Tell(Written);
        }
    }

    private void RunWriter()
    {
        while (!Volatile.Read(ref _ends)) // pairs with Close
        {
            _work.Wait(LookMilliseconds);
            _file.Rest();
            _ = WriteAll(out _);
            if (IsRotating)
            {
                SwitchFile();
            }

            _synchronizer.LookForFile();
            if (Interval == Always)
            {
                _ = State == LogState.Lost || Written == Synchronized || _synchronizer.Synchronize();
                _reached.Tell(Synchronized);
                Backlog.Tell();
            }
        }
    }

    // The old file is on the disk before the first byte of the new one is written: a loader must never find the old one torn and something
    // in the new one.
    private void SwitchFile()
    {
        LogFile old = _file;
        long cut = Volatile.Read(ref _cut);
        if (Written != cut || (State != LogState.Lost && !_synchronizer.Synchronize()))
        {
            return;
        }

        lock (_writing)
        {
            Volatile.Write(ref _file, _next!); // pairs with File
            _next = null;
            Volatile.Write(ref _cut, NoCut); // pairs with IsRotating
        }

        _synchronizer.Close(old);
        _work.Wake();
    }
}
