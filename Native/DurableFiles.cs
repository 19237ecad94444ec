using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>What files need that are to survive a power cut. Any thread; results are ≥ 0 or −errno.</summary>
internal static unsafe partial class DurableFiles
{
    // SYNC_FILE_RANGE_WRITE.
    private const uint BeginWriting = 2;

    // POSIX_FADV_DONTNEED.
    private const int NotNeeded = 4;

    /// <summary>Has the kernel begin to write a part of a file to the disk. Promises nothing: <see cref="Synchronize"/> does.</summary>
    public static void BeginWriteback(int descriptor, long offset, long length)
        => _ = sync_file_range(descriptor, offset, length, BeginWriting);

    /// <summary>posix_fadvise(2) with POSIX_FADV_DONTNEED: the kernel need not keep this part of a file in memory.</summary>
    public static void DropPages(int descriptor, long offset, long length) => _ = posix_fadvise(descriptor, offset, length, NotNeeded);

    /// <summary>Flushes a file, or a folder's names, to the disk.</summary>
    public static int Synchronize(int descriptor) => SystemCall.Result(fsync(descriptor));

    /// <summary>writev(2), again when interrupted.</summary>
    /// <returns>Bytes written, which can be fewer than there are, or −errno.</returns>
    public static nint Write(int descriptor, IoVector* vectors, int count)
    {
        nint result;
        do
        {
            result = SystemCall.Result(writev(descriptor, vectors, count));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Has a file's content and length on the disk when it returns 0. After an error nothing is known of what was written
    /// before, and a second call must not be believed: the kernel forgets the pages.</summary>
    public static int SynchronizeData(int descriptor)
    {
        int result;
        do
        {
            result = SystemCall.Result(fdatasync(descriptor));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>Makes a folder.</summary>
    public static int MakeFolder(string path, int mode)
    {
        fixed (byte* name = ByteText.EncodePath(path))
        {
            return SystemCall.Result(mkdir(name, mode));
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint writev(int descriptor, IoVector* vectors, int count);

    [LibraryImport("libc")]
    private static partial int sync_file_range(int descriptor, long offset, long length, uint flags);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(int descriptor, long offset, long length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdir(byte* path, int mode);
}
