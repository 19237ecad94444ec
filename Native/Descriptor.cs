using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Calls that work on any file descriptor. Any thread; results are ≥ 0 or −errno.</summary>
internal static unsafe partial class Descriptor
{
    private const int EventFdFlags = 0x800 | 0x80000;
    private const int DuplicateCloseOnExec = 1030;
    private const int SetDescriptorFlags = 2;
    private const int SetStatusFlags = 4;
    private const int CloseOnExec = 1;
    private const int NonBlocking = 0x800;

    /// <summary>Closes; an interrupted close has closed, so there is no retry.</summary>
    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>A non-blocking, close-on-exec eventfd.</summary>
    public static int CreateEvent() => SystemCall.Result(eventfd(0, EventFdFlags));

    /// <summary>Adds one to an eventfd.</summary>
    public static void Signal(int eventDescriptor)
    {
        ulong one = 1;
        _ = Write(eventDescriptor, (byte*)&one, 8);
    }

    /// <summary>Sets an eventfd back to zero.</summary>
    public static void Drain(int eventDescriptor)
    {
        ulong value;
        _ = Read(eventDescriptor, (byte*)&value, 8);
    }

    /// <summary>read(2), again when interrupted.</summary>
    public static nint Read(int descriptor, byte* buffer, nint length)
    {
        nint result;
        do
        {
            result = SystemCall.Result(read(descriptor, buffer, length));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>write(2), again when interrupted.</summary>
    public static nint Write(int descriptor, byte* buffer, nint length)
    {
        nint result;
        do
        {
            result = SystemCall.Result(write(descriptor, buffer, length));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>poll(2) on <paramref name="count"/> entries; 0 after the time-out or an interruption.</summary>
    public static int Poll(PollEntry* entries, int count, int milliseconds)
    {
        int result = SystemCall.Result(poll(entries, (nuint)count, milliseconds));
        return result == -Errno.Interrupted ? 0 : result;
    }

    /// <summary>poll(2) on one descriptor: above 0 when one of <paramref name="events"/>
    /// or a failure is there; 0 after the time-out or an interruption.</summary>
    public static int Poll(int descriptor, short events, int milliseconds)
    {
        PollEntry entry = new() { Descriptor = descriptor, Events = events };
        return Poll(&entry, 1, milliseconds);
    }

    /// <summary>A second descriptor of the same open file, close-on-exec.</summary>
    public static int Duplicate(int descriptor) => SystemCall.Result(fcntl(descriptor, DuplicateCloseOnExec, 0));

    /// <summary>Makes a descriptor that the process was started with non-blocking and close-on-exec, as the program's own are.</summary>
    public static void Adopt(int descriptor)
    {
        _ = fcntl(descriptor, SetStatusFlags, NonBlocking);
        _ = fcntl(descriptor, SetDescriptorFlags, CloseOnExec);
    }

    /// <summary>Whether the descriptor is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => isatty(descriptor) == 1;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* buffer, nint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc")]
    private static partial int isatty(int descriptor);
}
