using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>
/// One thread of the load generator: an epoll loop over its share of the connections. A descriptor is registered once, edge-triggered,
/// and never touched again; a connection's turn is one receive, one clock reading and one send, whatever the number of requests in flight.
/// </summary>
/// <remarks>
/// The time of a request runs from the clock reading before its batch is built to the one after the receive that brought its reply: it
/// includes waiting in this process for other connections' turns, and is a few microseconds longer than the truth at most.
/// With a fixed rate it runs from the moment when the request was due, whenever it was sent.
/// </remarks>
internal sealed unsafe partial class LoadThread
{
    private const int EventCapacity = 256;
    private const int MostInput = 1 << 18;
    private const int WaitMilliseconds = 50;
    private const uint Interest = Epoll.In | Epoll.Out | Epoll.ReadHangUp | Epoll.EdgeTriggered;

    private readonly LoadRun _run;
    private readonly BenchSettings _settings;
    private readonly int _index;
    private readonly int _count;
    private readonly BenchConnection* _connections;
    private readonly byte* _events;
    private readonly byte* _input;
    private readonly int _inputCapacity;
    private readonly byte* _batch;
    private readonly int _epoll;
    private readonly RequestWriter _writer;
    private readonly ReplyParser _parser;
    private readonly ulong _readThreshold;
    private readonly ZipfGenerator _zipf;
    private RandomGenerator _random;
    private long _cursor;
    private long _left;
    private long _outstanding;
    private long _replies;

    /// <summary>Makes the thread's share of the connections, not yet connected.</summary>
    /// <param name="run">The whole.</param>
    /// <param name="index">Which thread this is, from 0.</param>
    public LoadThread(LoadRun run, int index)
    {
        _run = run;
        _settings = run.Settings;
        _index = index;
        _count = Share(_settings.Connections);
        _connections = (BenchConnection*)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(BenchConnection));
        for (int i = 0; i < _count; i++)
        {
            _connections[i].Descriptor = -1;
        }

        _events = (byte*)NativeMemory.Alloc(EventCapacity * 16);
        _writer = new RequestWriter(_settings);
        _parser = new ReplyParser(_settings, _writer);
        _inputCapacity = (int)Math.Clamp((long)_settings.Pipeline * (_settings.ValueSize + 2048), 1 << 14, MostInput);
        _input = (byte*)NativeMemory.Alloc((nuint)(ReplyParser.MostKept + _inputCapacity + 8)) + ReplyParser.MostKept;
        _batch = (byte*)NativeMemory.Alloc((nuint)_settings.Pipeline * (nuint)_writer.Largest);
        _epoll = SystemRefusedException.Check(Epoll.Create(), "epoll_create1");
        _readThreshold = (ulong)_settings.Reads * (ulong.MaxValue / 1_000_000);
        _random = new RandomGenerator(((ulong)(uint)index << 32) + 0x5DEE_CE66);
        _zipf = new ZipfGenerator(_settings.Keys, _settings.Theta / 1e6);
        _cursor = index;
        _left = _settings.Requests > 0 ? Share(_settings.Requests) : long.MaxValue;
    }

    /// <summary>The times of this thread's requests. Other threads may read.</summary>
    public Histogram Latency { get; } = new();

    /// <summary>The waits so far of requests that had waited for long at the end. Read once the thread has ended.</summary>
    public Histogram Waiting { get; } = new();

    /// <summary>Requests answered. Any thread.</summary>
    public long Replies => Volatile.Read(ref _replies); // pairs with Account

    /// <summary>Replies that were errors; exact once the thread has ended.</summary>
    public long Errors => _parser.Errors;

    /// <summary>Reads that found nothing; exact once the thread has ended.</summary>
    public long Misses => _parser.Misses;

    /// <summary>The first error the server answered, or null.</summary>
    public string? FirstError => _parser.FirstError;

    /// <summary>How many there are in <see cref="Waiting"/>. Read once the thread has ended.</summary>
    public long Unanswered { get; private set; }

    /// <summary>When the thread ended, nanoseconds. Read once it has.</summary>
    public long Ended { get; private set; }

    /// <summary>CPU time of the thread, nanoseconds. Read once it has ended.</summary>
    public long CpuTime { get; private set; }

    private bool IsStopping => _run.IsStopping;

    /// <summary>The thread's body.</summary>
    public void Run()
    {
        long begin = Clock.Monotonic();
        if (_settings.Rate > 0)
        {
            BeginSchedule(begin);
        }

        for (int i = 0; i < _count && !IsStopping; i++)
        {
            long now = Clock.Monotonic();
            _connections[i].Opened = now;
            Pump(_connections + i, now);
        }

        while (!IsStopping && (_left > 0 || _outstanding > 0))
        {
            int count = _settings.Rate > 0 ? WaitForDue() : Epoll.Wait(_epoll, _events, EventCapacity, WaitMilliseconds);
            for (int i = 0; i < count; i++)
            {
                Handle((BenchConnection*)Epoll.TokenAt(_events, i), Epoll.EventsAt(_events, i));
            }

            if (_settings.Rate > 0)
            {
                ReleaseDue(Clock.Monotonic());
            }
        }

        Ended = Clock.Monotonic();
        CountUnanswered(Ended);
        CpuTime = Clock.ThreadCpuTime();
    }

    /// <summary>Closes everything. After the thread has ended.</summary>
    public void Close()
    {
        for (int i = 0; i < _count; i++)
        {
            if (_connections[i].Descriptor >= 0)
            {
                Descriptor.Close(_connections[i].Descriptor);
            }

            NativeMemory.Free(_connections[i].Kept);
            NativeMemory.Free(_connections[i].Unsent);
        }

        Descriptor.Close(_epoll);
        NativeMemory.Free(_connections);
        NativeMemory.Free(_events);
        NativeMemory.Free(_input - ReplyParser.MostKept);
        NativeMemory.Free(_batch);
        _writer.Dispose();
    }

    private int Share(int whole) => (int)Share((long)whole);

    private long Share(long whole) => (whole / _settings.Threads) + (_index < whole % _settings.Threads ? 1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long NextKey()
    {
        if (_settings.Sequential)
        {
            long key = _cursor;
            _cursor += _settings.Threads;
            return key;
        }

        return _settings.Theta > 0 ? _zipf.Next(ref _random) : _random.Below(_settings.Keys);
    }

    // Sends what may be sent on a connection: in a closed loop a batch when none is in flight, else what is due.
    private void Pump(BenchConnection* connection, long now)
    {
        if (connection->Connecting != 0 || connection->UnsentEnd > 0 || IsStopping)
        {
            return;
        }

        if (_settings.Rate > 0)
        {
            int due = (int)Math.Min(connection->Due - connection->Sent, _settings.Pipeline - connection->InFlight);
            if (due > 0)
            {
                SendBatch(connection, due);
            }

            return;
        }

        if (connection->Sent != connection->Received || _left == 0)
        {
            return;
        }

        int count = (int)Math.Min(_settings.Pipeline, _left);
        if (_settings.Reconnect > 0)
        {
            long used = connection->Sent % _settings.Reconnect;
            if (used == 0 && connection->Sent > 0 && connection->Started != 0)
            {
                Reopen(connection, now);
                return;
            }

            count = (int)Math.Min(count, _settings.Reconnect - used);
            connection->Started = connection->Started == 0 ? connection->Opened : now;
        }
        else
        {
            connection->Started = now;
        }

        _left -= count;
        SendBatch(connection, count);
    }

    private void SendBatch(BenchConnection* connection, int count)
    {
        byte* start;
        long length;
        if (count == 1)
        {
            bool isWrite = _random.Next() >= _readThreshold;
            connection->Mark(connection->Sent, isWrite);
            start = _writer.Single(NextKey(), isWrite, out int single);
            length = single;
        }
        else
        {
            start = _batch;
            byte* next = start;
            for (int i = 0; i < count; i++)
            {
                bool isWrite = _random.Next() >= _readThreshold;
                connection->Mark(connection->Sent + i, isWrite);
                next = _writer.Append(next, NextKey(), isWrite);
            }

            length = next - start;
        }

        connection->Sent += count;
        _outstanding += count;
        nint sent = Socket.Send(connection->Descriptor, start, (nint)length, 0);
        if (sent != length)
        {
            SentInPart(connection, start, length, sent);
        }
    }

    private void Account(BenchConnection* connection, long now, int done)
    {
        if (_settings.Rate > 0)
        {
            for (long sequence = connection->Received - done; sequence < connection->Received; sequence++)
            {
                Latency.Add(now - DueTime(connection, sequence), 1);
            }
        }
        else
        {
            Latency.Add(now - connection->Started, done);
        }

        _outstanding -= done;
        Volatile.Write(ref _replies, _replies + done); // pairs with Replies
    }

    // A request that was never answered must not vanish: a server that stalls until the end would look fast.
    private void CountUnanswered(long now)
    {
        // In a closed loop every connection waits at the end: only a wait longer than any that ended tells something.
        long longWait = Math.Max(100_000_000, _settings.Rate > 0 ? 0 : Latency.Percentile(1_000_000));
        for (int i = 0; i < _count; i++)
        {
            BenchConnection* connection = _connections + i;
            long last = _settings.Rate > 0 ? connection->Due : connection->Sent;
            for (long sequence = connection->Received; sequence < last; sequence++)
            {
                long wait = now - (_settings.Rate > 0 ? DueTime(connection, sequence) : connection->Started);
                if (wait < longWait)
                {
                    break;
                }

                Waiting.Add(wait, 1);
                Unanswered++;
            }
        }
    }
}
