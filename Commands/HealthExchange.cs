using System;

using Epollsrv.Native;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Commands;

/// <summary>One request of the health check, and the answer to it.</summary>
internal static unsafe class HealthExchange
{
    private const int LongestLine = 128;

    /// <summary>Sends a GET of CS's reserved key; any frame is an answer.</summary>
    /// <param name="address">Whom to ask.</param>
    /// <param name="deadline">Until when it may take, by the monotonic clock.</param>
    /// <returns>Null, or what happened instead.</returns>
    public static string? AskForFrame(ref SocketAddress address, long deadline)
    {
        Span<byte> request = stackalloc byte[CsFrame.Size];
        CsFrame.WriteRequest(request, CsFrame.Get, CsFrame.IdentityKey, default);
        Span<byte> answer = stackalloc byte[CsFrame.Size];
        return Exchange(ref address, deadline, request, answer, isLine: false)
            ?? (CsFrame.HasMagic(answer) ? null : "what answered is not a node: no CS frame");
    }

    /// <summary>Sends memcached's <c>version</c>; an answer that asks for the password counts as healthy.</summary>
    /// <param name="address">Whom to ask.</param>
    /// <param name="deadline">Until when it may take, by the monotonic clock.</param>
    /// <returns>Null, or what happened instead.</returns>
    public static string? AskForVersion(ref SocketAddress address, long deadline)
    {
        Span<byte> answer = stackalloc byte[LongestLine];
        return Exchange(ref address, deadline, "version\r\n"u8, answer, isLine: true)
            ?? (answer.StartsWith("VERSION "u8) || answer.StartsWith("CLIENT_ERROR unauthenticated"u8) ? null
                : "what answered does not speak memcached's protocol");
    }

    // Sends a request and receives an answer as long as its room, or a line.
    private static string? Exchange(
        ref SocketAddress address, long deadline, ReadOnlySpan<byte> request, Span<byte> answer, bool isLine)
    {
        int socket = Socket.Create(address.Family);
        if (socket < 0)
        {
            return Errno.Describe(socket);
        }

        int result = Socket.Connect(socket, ref address);
        if (result == -Errno.InProgress)
        {
            result = Wait(socket, PollEntry.Out, deadline);
            result = result < 0 ? result : Socket.PendingError(socket);
        }

        string? failure = null;
        fixed (byte* bytes = request)
        {
            for (int done = 0; result >= 0 && done < request.Length;)
            {
                nint count = Socket.Send(socket, bytes + done, request.Length - done, 0);
                result = count == -Errno.Again ? Wait(socket, PollEntry.Out, deadline) : (int)count;
                done += Math.Max(0, (int)count);
            }
        }

        fixed (byte* room = answer)
        {
            for (int done = 0; result >= 0 && done < answer.Length && !(isLine && answer[..done].Contains((byte)'\n'));)
            {
                nint count = Socket.Receive(socket, room + done, answer.Length - done);
                result = count == -Errno.Again ? Wait(socket, PollEntry.In, deadline) : (int)count;
                done += Math.Max(0, (int)count);
                if (count == 0)
                {
                    failure = "closed the connection before it answered";
                    break;
                }
            }
        }

        Descriptor.Close(socket);
        return result < 0 ? Errno.Describe(result) : failure;
    }

    private static int Wait(int socket, short events, long deadline)
    {
        long left = deadline - Clock.Monotonic();
        if (left <= 0)
        {
            return -Errno.TimedOut;
        }

        int result = Descriptor.Poll(socket, events, (int)Math.Min(int.MaxValue, (left + 999_999) / 1_000_000));
        return result < 0 ? result : 0;
    }
}
