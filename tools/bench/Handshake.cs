using System;
using System.Text;
using Epollsrv.Commands;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Bench;

/// <summary>Opens a connection and, where the protocol wants one, says the password. Waits; for the time before the measurement.</summary>
internal static unsafe class Handshake
{
    /// <summary>A connected socket, or a negative number and what went wrong.</summary>
    public static int Connect(BenchSettings settings, out string? failure)
    {
        long deadline = Clock.Monotonic() + settings.Patience;
        SocketAddress address = settings.Server;
        int socket = Socket.Create(address.Family);
        int result = socket < 0 ? socket : Socket.Connect(socket, ref address);
        while (result == -Errno.Again && Clock.Monotonic() < deadline)
        {
            // A Unix-domain listener with a full backlog: the attempt has not begun.
            _ = Descriptor.Poll(null, 0, 1);
            result = Socket.Connect(socket, ref address);
        }

        if (result == -Errno.InProgress)
        {
            result = Wait(socket, PollEntry.Out, deadline);
            result = result < 0 ? result : Socket.PendingError(socket);
        }

        failure = result < 0 ? Errno.Describe(result) : null;
        if (failure is null)
        {
            Socket.NoDelay(socket);
            failure = settings.Protocol == BenchProtocol.Resp && settings.Password is not null
                ? Authenticate(socket, settings.Password, deadline) : null;
        }

        if (failure is not null && socket >= 0)
        {
            Descriptor.Close(socket);
        }

        return failure is null ? socket : -1;
    }

    private static string? Authenticate(int socket, string password, long deadline)
    {
        string length = ValueText.FormatInteger(ByteText.Encode(password).Length);
        byte[] request = ByteText.Encode("*2\r\n$4\r\nAUTH\r\n$" + length + "\r\n" + password + "\r\n");
        byte* reply = stackalloc byte[256];
        nint result;
        fixed (byte* start = request)
        {
            // A new connection's buffer takes so little at once.
            result = Socket.Send(socket, start, request.Length, 0);
        }

        int used = 0;
        while (result >= 0 && (used == 0 || reply[used - 1] != '\n') && used < 256)
        {
            result = Wait(socket, PollEntry.In, deadline);
            result = result < 0 ? result : Socket.Receive(socket, reply + used, 256 - used);
            if (result == 0)
            {
                return "closed the connection instead of answering AUTH";
            }

            used += (int)Math.Max(0, result);
        }

        return result < 0 ? Errno.Describe((int)result)
            : reply[0] == '+' ? null
            : "AUTH: " + OptionSet.Readable(Encoding.Latin1.GetString(reply, used).TrimEnd());
    }

    private static int Wait(int socket, short events, long deadline)
    {
        long left = deadline - Clock.Monotonic();
        int result = left <= 0 ? 0 : Descriptor.Poll(socket, events, (int)Math.Min(int.MaxValue, (left + 999_999) / 1_000_000));
        return result == 0 ? -Errno.TimedOut : result;
    }
}
