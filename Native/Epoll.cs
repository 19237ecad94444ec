using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>epoll(7). The kernel's epoll_event is 12 bytes, packed, on x86-64 and 16 on every other architecture.</summary>
internal static unsafe partial class Epoll
{
    public const uint In = 0x001;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint ReadHangUp = 0x2000;
    public const uint OneShot = 1u << 30;
    public const uint EdgeTriggered = 1u << 31;

    private const int Add = 1;
    private const int Delete = 2;
    private const int Modify = 3;
    private const int CloseOnExec = 0x80000;
    private const int Wait2Number = 441;

    /// <summary>Bytes of one epoll_event on this architecture.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Where the 64-bit token lies in an epoll_event.</summary>
    public static readonly int TokenOffset = EventSize - 8;

    /// <summary>A new epoll descriptor, close-on-exec, or −errno.</summary>
    public static int Create() => SystemCall.Result(epoll_create1(CloseOnExec));

    /// <summary>Registers a descriptor; −EEXIST when it already is.</summary>
    public static int AddDescriptor(int epoll, int descriptor, uint events, ulong token) => Control(epoll, Add, descriptor, events, token);

    /// <summary>Changes (and, after EPOLLONESHOT, re-arms) a registration.</summary>
    public static int ModifyDescriptor(int epoll, int descriptor, uint events, ulong token) =>
        Control(epoll, Modify, descriptor, events, token);

    /// <summary>Takes a descriptor out.</summary>
    public static int DeleteDescriptor(int epoll, int descriptor) => Control(epoll, Delete, descriptor, 0, 0);

    /// <summary>Waits for events into <paramref name="events"/> (<paramref name="capacity"/> × <see cref="EventSize"/> bytes).</summary>
    /// <returns>The number of events, 0 after the time-out or an interruption, or −errno.</returns>
    public static int Wait(int epoll, byte* events, int capacity, int milliseconds)
    {
        int result = SystemCall.Result(epoll_wait(epoll, events, capacity, milliseconds));
        return result == -Errno.Interrupted ? 0 : result;
    }

    /// <summary>The same with a time-out in nanoseconds, 0 or more; in whole milliseconds, rounded up, on kernels before 5.11.</summary>
    public static int WaitNanoseconds(int epoll, byte* events, int capacity, long nanoseconds)
    {
        TimeSpec time = new() { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        int result = (int)SystemCall.Result(epoll_pwait2(Wait2Number, epoll, events, capacity, &time, null, 0));
        return result == -Errno.NotImplemented ? Wait(epoll, events, capacity, (int)((nanoseconds + 999_999) / 1_000_000))
            : result == -Errno.Interrupted ? 0 : result;
    }

    /// <summary>The event bits of entry <paramref name="index"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint EventsAt(byte* events, int index) => Unsafe.ReadUnaligned<uint>(events + (index * EventSize));

    /// <summary>The token of entry <paramref name="index"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong TokenAt(byte* events, int index) => Unsafe.ReadUnaligned<ulong>(events + (index * EventSize) + TokenOffset);

    private static int Control(int epoll, int operation, int descriptor, uint events, ulong token)
    {
        byte* entry = stackalloc byte[16];
        Unsafe.WriteUnaligned(entry, events);
        Unsafe.WriteUnaligned(entry + TokenOffset, token);
        return SystemCall.Result(epoll_ctl(epoll, operation, descriptor, entry));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint epoll_pwait2(
        nint number, nint epoll, byte* events, nint capacity, TimeSpec* timeout, byte* mask, nint maskSize);
}
