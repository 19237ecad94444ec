namespace Epollsrv.Native;

/// <summary>The system calls without which nobody can be served: a filter that
/// refuses one is found before anybody is told that the node is ready.</summary>
internal static unsafe class NeededCalls
{
    /// <summary>Makes each of them on no descriptor, which is an error of its own (EBADF) where the call is allowed.</summary>
    /// <exception cref="SystemRefusedException">One is refused; the message names it.</exception>
    public static void Check()
    {
        byte unused = 0;
        long offset = 0;
        IoVector vector = new() { Base = &unused, Length = 1 };
        Check(Socket.Accept(-1), "accept4");
        Check(Socket.Receive(-1, &unused, 1), "recvfrom");
        Check(Socket.Send(-1, &unused, 1, 0), "sendto");
        Check(Socket.Send(-1, &vector, 1, 0), "sendmsg");
        Check(Socket.SendFile(-1, -1, ref offset, 1), "sendfile");
    }

    private static void Check(nint result, string name)
    {
        if (result is -Errno.NotPermitted or -Errno.NotImplemented or -Errno.AccessDenied)
        {
            _ = SystemRefusedException.Check((int)result, "the system call " + name);
        }
    }
}
