using System.Runtime.InteropServices;
using Epollsrv.Native;

namespace Epollsrv.Bench;

/// <summary>ptrace(2) and waitpid(2), as far as counting another process's system calls
/// needs them. All calls for a thread come from the thread that seized it.</summary>
internal static unsafe partial class ProcessTrace
{
    /// <summary>PTRACE_SYSCALL: go on until the next entry to or exit from a system call.</summary>
    public const int Continue = 24;

    /// <summary>PTRACE_DETACH.</summary>
    public const int Detach = 17;

    /// <summary>PTRACE_INTERRUPT: stop soon.</summary>
    public const int Interrupt = 0x4207;

    /// <summary>PTRACE_LISTEN: stay stopped, but wait for what comes.</summary>
    public const int Listen = 0x4208;

    private const int SeizeRequest = 0x4206;
    private const int OptionMarkSystemCalls = 1;
    private const int NoHang = 1;
    private const int AllThreads = 0x4000_0000;

    /// <summary>Begins to trace a thread without stopping it (PTRACE_SEIZE, PTRACE_O_TRACESYSGOOD). 0 or −errno.</summary>
    public static int Seize(int thread) => (int)SystemCall.Result(ptrace(SeizeRequest, thread, 0, OptionMarkSystemCalls));

    /// <summary>Another request, with a signal to deliver or 0. 0 or −errno.</summary>
    public static int Request(int request, int thread, int signal) => (int)SystemCall.Result(ptrace(request, thread, 0, signal));

    /// <summary>A thread that stopped or ended, and how (the macros of wait(2)); 0 when there is none now, or −errno.</summary>
    public static int Poll(out int status)
    {
        int value = 0;
        int result = SystemCall.Result(waitpid(-1, &value, NoHang | AllThreads));
        status = value;
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint ptrace(nint request, nint thread, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int process, int* status, int options);
}
