using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Epollsrv.Commands;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>A connection's life: opened, read, written, opened anew.</summary>
internal sealed unsafe partial class LoadThread
{
    /// <summary>Connects all of the thread's connections and waits for each. Main thread, before <see cref="Run"/>.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public string? Open()
    {
        for (int i = 0; i < _count; i++)
        {
            int descriptor = Handshake.Connect(_settings, out string? failure);
            if (descriptor < 0)
            {
                return failure;
            }

            _connections[i].Descriptor = descriptor;
            int result = Epoll.AddDescriptor(_epoll, descriptor, Interest, (ulong)(_connections + i));
            if (result < 0)
            {
                return "epoll: " + Errno.Describe(result);
            }
        }

        return null;
    }

    private void Handle(BenchConnection* connection, uint events)
    {
        if (IsStopping)
        {
            return;
        }

        if (connection->Connecting != 0)
        {
            if (!FinishConnect(connection))
            {
                return;
            }
        }
        else if ((events & Epoll.Out) != 0 && connection->UnsentEnd > 0)
        {
            Flush(connection);
        }

        if ((events & ~Epoll.Out) != 0)
        {
            Receive(connection);
        }
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
                Account(connection, now, done);
                Pump(connection, now);
            }
        }
        while (count == _inputCapacity); // a short read has emptied the socket: more makes a new edge (epoll(7))
    }

    private void SentInPart(BenchConnection* connection, byte* start, long length, nint sent)
    {
        if (sent < 0 && sent != -Errno.Again)
        {
            Lost(Errno.Describe((int)sent));
            return;
        }

        long left = length - System.Math.Max(0, sent);
        if (connection->Unsent == null)
        {
            connection->Unsent = (byte*)NativeMemory.Alloc((nuint)_settings.Pipeline * (nuint)_writer.Largest);
        }

        System.Buffer.MemoryCopy(start + (length - left), connection->Unsent, left, left);
        connection->UnsentOffset = 0;
        connection->UnsentEnd = left;
    }

    private void Flush(BenchConnection* connection)
    {
        while (connection->UnsentOffset < connection->UnsentEnd)
        {
            nint sent = Socket.Send(connection->Descriptor, connection->Unsent + connection->UnsentOffset, (nint)(connection->UnsentEnd - connection->UnsentOffset), 0);
            if (sent < 0)
            {
                if (sent != -Errno.Again)
                {
                    Lost(Errno.Describe((int)sent));
                }

                return;
            }

            connection->UnsentOffset += sent;
        }

        connection->UnsentEnd = 0;
        Pump(connection, Clock.Monotonic());
    }

    private void Reopen(BenchConnection* connection, long now)
    {
        Descriptor.Close(connection->Descriptor);
        connection->Opened = now;
        connection->Started = 0;
        SocketAddress address = _settings.Server;
        connection->Descriptor = Socket.Create(address.Family);
        if (connection->Descriptor < 0)
        {
            Lost(Errno.Describe(connection->Descriptor));
            return;
        }

        Socket.NoDelay(connection->Descriptor);
        connection->Connecting = 1;
        int result = Socket.Connect(connection->Descriptor, ref address);
        result = result is < 0 and not -Errno.InProgress ? result : Epoll.AddDescriptor(_epoll, connection->Descriptor, Interest, (ulong)connection);
        if (result < 0)
        {
            Lost(Errno.Describe(result));
        }
    }

    private bool FinishConnect(BenchConnection* connection)
    {
        int error = Socket.PendingError(connection->Descriptor);
        if (error != 0)
        {
            Lost(Errno.Describe(error));
            return false;
        }

        connection->Connecting = 0;
        Pump(connection, connection->Opened);
        return true;
    }

    private void Lost(string what) => _run.GiveUp(ExitCode.Unreachable, what);
}
