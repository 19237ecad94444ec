using System;
using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>
/// The non-blocking socket of a connection: sending, what does not fit, and opening it anew. The connection's thread only. Answers are 0 or
/// −errno.
/// </summary>
internal static unsafe class LoadSocket
{
    private const uint Interest = Epoll.In | Epoll.Out | Epoll.ReadHangUp | Epoll.EdgeTriggered;

    /// <summary>Registers a connection's socket with the thread's epoll descriptor, once and for all.</summary>
    public static int Watch(BenchConnection* connection, int epoll)
        => Epoll.AddDescriptor(epoll, connection->Descriptor, Interest, (ulong)connection);

    /// <summary>Sends, and keeps what the socket does not take.</summary>
    /// <param name="connection">The connection, of which nothing is unsent.</param>
    /// <param name="start">The bytes.</param>
    /// <param name="length">How many.</param>
    /// <param name="most">The most there can ever be of them.</param>
    public static int Send(BenchConnection* connection, byte* start, long length, nuint most)
    {
        nint sent = Socket.Send(connection->Descriptor, start, (nint)length, 0);
        return sent == length ? 0 : Keep(connection, start, length, sent, most);
    }

    /// <summary>Sends what was kept, as far as the socket takes it.</summary>
    public static int Flush(BenchConnection* connection)
    {
        while (connection->UnsentOffset < connection->UnsentEnd)
        {
            nint length = (nint)(connection->UnsentEnd - connection->UnsentOffset);
            nint sent = Socket.Send(connection->Descriptor, connection->Unsent + connection->UnsentOffset, length, 0);
            if (sent < 0)
            {
                return sent == -Errno.Again ? 0 : (int)sent;
            }

            connection->UnsentOffset += sent;
        }

        connection->UnsentEnd = 0;
        return 0;
    }

    /// <summary>Closes the socket and begins to connect another.</summary>
    public static int Reopen(BenchConnection* connection, SocketAddress server, int epoll)
    {
        Descriptor.Close(connection->Descriptor);
        connection->Descriptor = Socket.Create(server.Family);
        if (connection->Descriptor < 0)
        {
            return connection->Descriptor;
        }

        Socket.NoDelay(connection->Descriptor);
        connection->Connecting = 1;
        int result = Socket.Connect(connection->Descriptor, ref server);
        return result is < 0 and not -Errno.InProgress ? result : Watch(connection, epoll);
    }

    private static int Keep(BenchConnection* connection, byte* start, long length, nint sent, nuint most)
    {
        if (sent < 0 && sent != -Errno.Again)
        {
            return (int)sent;
        }

        long left = length - Math.Max(0, sent);
        if (connection->Unsent == null)
        {
            connection->Unsent = (byte*)NativeMemory.Alloc(most);
        }

        Buffer.MemoryCopy(start + (length - left), connection->Unsent, left, left);
        connection->UnsentOffset = 0;
        connection->UnsentEnd = left;
        return 0;
    }
}
