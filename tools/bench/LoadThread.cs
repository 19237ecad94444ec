using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Commands;
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
internal sealed unsafe class LoadThread
{
    private const int EventCapacity = 256;
    private const int MostInput = 1 << 18;
    private const int WaitMilliseconds = 50;

    private readonly LoadRun _run;
    private readonly BenchSettings _settings;
    private readonly int _index;
    private readonly byte* _events;
    private readonly byte* _input;
    private readonly int _inputCapacity;
    private readonly RequestWriter _writer;
    private readonly RequestBatch _batch;
    private readonly ReplyParser _parser;

    // With a fixed rate, once the thread runs.
    private RequestSchedule? _schedule;
    private long _left;
    private long _outstanding;

    /// <summary>Makes the thread's share of the connections, not yet connected.</summary>
    /// <param name="run">The whole.</param>
    /// <param name="index">Which thread this is, from 0.</param>
    public LoadThread(LoadRun run, int index)
    {
        _run = run;
        _settings = run.Settings;
        _index = index;
        Connections = new LoadConnections((int)Share(_settings.Connections));
        _events = (byte*)NativeMemory.Alloc(EventCapacity * 16);
        _writer = new RequestWriter(_settings);
        _parser = new ReplyParser(_settings, _writer);
        _inputCapacity = (int)Math.Clamp((long)_settings.Pipeline * (_settings.ValueSize + 2048), 1 << 14, MostInput);
        _input = (byte*)NativeMemory.Alloc((nuint)(ReplyParser.MostKept + _inputCapacity + 8)) + ReplyParser.MostKept;
        _batch = new RequestBatch(_settings, _writer, index);
        _left = _settings.Requests > 0 ? Share(_settings.Requests) : long.MaxValue;
    }

    /// <summary>Its share of the connections.</summary>
    public LoadConnections Connections { get; }

    /// <summary>How long its requests took.</summary>
    public LoadTimes Times { get; } = new();

    /// <summary>Replies that were errors; exact once the thread has ended.</summary>
    public long Errors => _parser.Errors;

    /// <summary>Reads that found nothing; exact once the thread has ended.</summary>
    public long Misses => _parser.Misses;

    /// <summary>The first error the server answered, or null.</summary>
    public string? FirstError => _parser.FirstError;

    /// <summary>When the thread ended, nanoseconds. Read once it has.</summary>
    public long Ended { get; private set; }

    private bool IsStopping => _run.IsStopping;

    /// <summary>The thread's body.</summary>
    public void Run()
    {
        long begin = Clock.Monotonic();
        if (_settings.Rate > 0)
        {
            TimerSlack.Minimize();
            _schedule = new RequestSchedule(_settings, _index, Connections, begin);
        }

        for (int i = 0; i < Connections.Count && !IsStopping; i++)
        {
            long now = Clock.Monotonic();
            Connections[i]->Opened = now;
            Pump(Connections[i], now);
        }

        while (!IsStopping && (_left > 0 || _outstanding > 0))
        {
            int count = _schedule != null ? WaitForDue(_schedule) : Epoll.Wait(Connections.Epoll, _events, EventCapacity, WaitMilliseconds);
            for (int i = 0; i < count; i++)
            {
                Handle((BenchConnection*)Epoll.TokenAt(_events, i), Epoll.EventsAt(_events, i));
            }

            if (_schedule != null)
            {
                ReleaseDue(_schedule, Clock.Monotonic());
            }
        }

        Ended = Clock.Monotonic();
        Times.AddUnanswered(Connections, _schedule, Ended);
    }

    /// <summary>Closes everything. After the thread has ended.</summary>
    public void Close()
    {
        Connections.Dispose();
        NativeMemory.Free(_events);
        NativeMemory.Free(_input - ReplyParser.MostKept);
        _batch.Dispose();
        _writer.Dispose();
    }

    private long Share(long whole) => (whole / _settings.Threads) + (_index < whole % _settings.Threads ? 1 : 0);

    private int WaitForDue(RequestSchedule schedule)
    {
        long wait = _left == 0 ? long.MaxValue : schedule.NextTime - Clock.Monotonic();
        return wait <= 0 ? Epoll.Wait(Connections.Epoll, _events, EventCapacity, 0)
            : Epoll.WaitNanoseconds(Connections.Epoll, _events, EventCapacity, Math.Min(wait, WaitMilliseconds * 1_000_000L));
    }

    private void ReleaseDue(RequestSchedule schedule, long now)
    {
        // Every due request is entered first, so that a connection sends all of its own at once.
        long first = schedule.Released;
        long released = schedule.Release(now, _left);
        _left -= released;
        long touched = Math.Min(released, Connections.Count);
        for (long i = 0; i < touched; i++)
        {
            Pump(Connections[first + i], now);
        }
    }

    private void Handle(BenchConnection* connection, uint events)
    {
        if (IsStopping)
        {
            return;
        }

        if (connection->Connecting != 0)
        {
            if (!IsConnected(connection))
            {
                return;
            }
        }
        else if ((events & Epoll.Out) != 0 && connection->UnsentEnd > 0 && Succeeded(LoadSocket.Flush(connection)))
        {
            Pump(connection, Clock.Monotonic());
        }

        if ((events & ~Epoll.Out) != 0)
        {
            Receive(connection);
        }
    }

    private bool IsConnected(BenchConnection* connection)
    {
        if (!Succeeded(Socket.PendingError(connection->Descriptor)))
        {
            return false;
        }

        connection->Connecting = 0;
        Pump(connection, connection->Opened);
        return true;
    }

    private void Receive(BenchConnection* connection)
    {
        nint count;
        do
        {
            byte* start = _input;
            count = Socket.Receive(connection->Descriptor, start, _inputCapacity);
            if (count <= 0)
            {
                if (count != -Errno.Again)
                {
                    Lost(count == 0 ? "closed a connection" : Errno.Describe((int)count));
                }

                return;
            }

            long now = Clock.Monotonic();
            byte* end = start + count;
            if (connection->KeptLength > 0)
            {
                start -= connection->KeptLength;
                Unsafe.CopyBlockUnaligned(start, connection->Kept, (uint)connection->KeptLength);
                connection->KeptLength = 0;
            }

            int done = _parser.Parse(connection, start, end);
            if (done < 0)
            {
                _run.GiveUp(ExitCode.Failed, null);
                return;
            }

            if (done > 0)
            {
                Times.Add(connection, _schedule, now, done);
                _outstanding -= done;
                Pump(connection, now);
            }
        }
        while (count == _inputCapacity); // a short read has emptied the socket: more makes a new edge (epoll(7))
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
                connection->Opened = now;
                connection->Started = 0;
                _ = Succeeded(LoadSocket.Reopen(connection, _settings.Server, Connections.Epoll));
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
        byte* start = _batch.Build(connection, count, out long length);
        connection->Sent += count;
        _outstanding += count;
        _ = Succeeded(LoadSocket.Send(connection, start, length, _batch.Capacity));
    }

    private bool Succeeded(int result)
    {
        if (result != 0)
        {
            Lost(Errno.Describe(result));
        }

        return result == 0;
    }

    private void Lost(string what) => _run.GiveUp(ExitCode.Unreachable, what);
}
