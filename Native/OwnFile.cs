using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Files that the program makes beside others' files, in folders where
/// somebody else may have put something under their names. Any thread.</summary>
internal static unsafe partial class OwnFile
{
    /// <summary>Opens such a file for reading and writing, or makes it. What somebody else has put there is not touched.</summary>
    /// <returns>
    /// A descriptor; −ELOOP: a symbolic link; −EPERM: no regular file, another user's, or one
    /// that has a second name (writing to it would write to that too); or another −errno.
    /// </returns>
    public static int Open(string path)
    {
        int descriptor = Files.Open(path, Files.ReadWrite | Files.Create | Files.Exclusive);
        if (descriptor != -Errno.Exists)
        {
            return descriptor;
        }

        // Non-blocking: a FIFO must not hang the caller.
        descriptor = Files.Open(path, Files.ReadWrite | Files.NonBlocking | Files.NoFollow);
        if (descriptor < 0)
        {
            return descriptor;
        }

        int result = Files.Status(descriptor, out FileStatus status);
        result = result == 0 && !(status.IsRegular && status.Links <= 1 && status.Owner == geteuid()) ? -Errno.NotPermitted : result;
        if (result < 0)
        {
            Descriptor.Close(descriptor);
        }

        return result < 0 ? result : descriptor;
    }

    /// <summary>Bytes this user may still write to the file's file system; long.MaxValue where that is not known.</summary>
    public static long FreeSpace(int descriptor)
    {
        // struct statvfs is the same on the 64-bit architectures: the size of a
        // block in the second place, the blocks that users may have in the fifth.
        byte* raw = stackalloc byte[256];
        if (fstatvfs(descriptor, raw) != 0)
        {
            return long.MaxValue;
        }

        ulong block = Unsafe.ReadUnaligned<ulong>(raw + 8);
        ulong free = Unsafe.ReadUnaligned<ulong>(raw + 32);
        return block == 0 || free > long.MaxValue / block ? long.MaxValue : (long)(block * free);
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatvfs(int descriptor, byte* result);
}
