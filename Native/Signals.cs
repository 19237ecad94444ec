using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>
/// Signals as readable events. No handler ever runs: the signals are blocked in every thread and read from a signalfd
/// by the event loop, so a signal at any moment is handled between two turns and nowhere else.
/// </summary>
internal static unsafe partial class Signals
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int BrokenPipe = 13;
    public const int Terminate = 15;

    /// <summary>Bytes of one struct signalfd_siginfo; the signal number is its first 32-bit word.</summary>
    public const int InfoSize = 128;

    private const int FileTooLong = 25;
    private const int Ignored = 1;
    private const int SetSize = 128;
    private const int BlockSignals = 0;
    private const int Flags = 0x800 | 0x80000;

    /// <summary>
    /// sendfile has no MSG_NOSIGNAL: the whole process ignores SIGPIPE and sees EPIPE instead. The
    /// same for SIGXFSZ: a file at the limit of its length (ulimit -f) is an error of the write.
    /// </summary>
    public static void IgnoreBrokenPipe()
    {
        _ = signal(BrokenPipe, Ignored);
        _ = signal(FileTooLong, Ignored);
    }

    /// <summary>Blocks TERM, INT and HUP in the calling thread (threads it starts inherit that).</summary>
    public static void BlockStopSignals()
    {
        byte* set = stackalloc byte[SetSize];
        StopSet(set);
        _ = pthread_sigmask(BlockSignals, set, null);
    }

    /// <summary>A non-blocking signalfd for them, or −errno.</summary>
    public static int CreateDescriptor()
    {
        byte* set = stackalloc byte[SetSize];
        StopSet(set);
        return SystemCall.Result(signalfd(-1, set, Flags));
    }

    /// <summary>Sends a signal to the calling thread.</summary>
    public static int Raise(int number) => raise(number);

    private static void StopSet(byte* set)
    {
        new System.Span<byte>(set, SetSize).Clear();
        Unsafe.WriteUnaligned(set, Bit(Terminate) | (IsIgnored(HangUp) ? 0 : Bit(HangUp)) | (IsIgnored(Interrupt) ? 0 : Bit(Interrupt)));
    }

    // Who starts the program with HUP or INT ignored (nohup, `sh -c 'epollsrv &'`) wants it to outlive them: a blocked signal would be
    // delivered although it is ignored. TERM is how a node is stopped, whoever started it.
    private static bool IsIgnored(int number)
    {
        // struct sigaction of glibc begins with the handler.
        nint* action = stackalloc nint[32];
        return sigaction(number, null, action) == 0 && *action == Ignored;
    }

    private static ulong Bit(int number) => 1ul << (number - 1);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc")]
    private static partial int sigaction(int number, nint* action, nint* old);

    [LibraryImport("libc")]
    private static partial int raise(int number);

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, byte* set, byte* old);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int signalfd(int descriptor, byte* set, int flags);
}
