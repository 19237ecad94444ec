#if CHECK_OWNERSHIP
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Attempts to leave the sandbox, for tests: DEBUG SANDBOX of the checked build.</summary>
internal static unsafe partial class EscapeAttempt
{
    /// <summary>Does what the sandbox is to prevent.</summary>
    /// <param name="what">open, write, remove, exec, fork, trace, connect, signal or code.</param>
    /// <param name="path">A file or a socket, for those that need one.</param>
    /// <returns>"done", or what the kernel answered.</returns>
    public static string Make(string what, string path)
    {
        nint result = what switch
        {
            "open" => Files.Open(path, Files.ReadOnly),
            "write" => Files.Open(path, Files.WriteOnly | Files.Create),
            "remove" => Files.Remove(path),
            "exec" => Execute(path),
            "fork" => SystemCall.Result(fork()),
            "trace" => SystemCall.Result(ptrace(0, 0, 0, 0)),
            "connect" => Connect(path),
            "signal" => SystemCall.Result(kill(1, 0)),
            "code" => SystemCall.Result(mmap(null, 4096, 7, 0x22, -1, 0)),
            _ => -Errno.Invalid,
        };
        return result < 0 ? Errno.Describe((int)result) : "done";
    }

    private static nint Execute(string path)
    {
        fixed (byte* name = ByteText.EncodePath(path))
        {
            byte** none = stackalloc byte*[1];
            none[0] = null;
            return SystemCall.Result(execve(name, none, none));
        }
    }

    private static nint Connect(string path)
    {
        int descriptor = Socket.Create(SocketAddress.FamilyUnix);
        if (descriptor < 0 || !SocketAddress.TryCreateUnix(path, out SocketAddress address))
        {
            return descriptor;
        }

        int result = Socket.Connect(descriptor, ref address);
        Descriptor.Close(descriptor);
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execve(byte* path, byte** arguments, byte** variables);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fork();

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint ptrace(nint request, nint process, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(void* address, nint length, int protection, int flags, int descriptor, nint offset);
}
#endif
