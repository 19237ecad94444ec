using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Files and folders by descriptor. Any thread; results are ≥ 0 or −errno. Every descriptor is close-on-exec.</summary>
internal static unsafe partial class Files
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;

    /// <summary>Only names the file: it can neither be read nor written (O_PATH).</summary>
    public const int PathOnly = 0x200000;

    /// <summary>"The current folder" for the *at calls.</summary>
    public const int CurrentFolder = -100;

    // O_TMPFILE, with O_DIRECTORY.
    private const int Nameless = 0x400000;

    // RWF_NOWAIT, Linux 4.14.
    private const int ReadWithoutWaiting = 8;
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;
    private const int UnlockFile = 8;
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const int NoFollowAt = 0x100;
    private const uint BasicStatus = 0x7FF;
    private const int OpenAt2Number = 437;
    private const ulong ResolveBeneath = 0x08;
    private const ulong ResolveNoMagicLinks = 0x02;

    // These two differ by architecture (asm/fcntl.h of arm64).
    private static readonly bool _arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly int _directory = _arm ? 0x4000 : 0x10000;

    /// <summary>A symbolic link as the last part of the path is refused: −ELOOP.</summary>
    public static readonly int NoFollow = _arm ? 0x8000 : 0x20000;

    /// <summary>Whether the permissions of a directory let the process make files in it: one without a name is made. True too where that
    /// cannot be told, because there is no such directory or its file system has no such files.</summary>
    public static bool IsWritable(string folder)
    {
        int descriptor = Open(folder, WriteOnly | Nameless | _directory);
        Descriptor.Close(descriptor);
        return descriptor != -Errno.AccessDenied;
    }

    /// <summary>Whether the permissions of a file or directory let the process read it.</summary>
    public static bool IsReadable(string path)
    {
        int descriptor = Open(path, ReadOnly | NonBlocking);
        Descriptor.Close(descriptor);
        return descriptor != -Errno.AccessDenied;
    }

    /// <summary>Opens a folder to resolve names beneath.</summary>
    public static int OpenFolder(string path) => Open(path, ReadOnly | _directory);

    /// <summary>Opens a path of the user's own choosing (never a peer's).</summary>
    /// <param name="path">Relative to the current folder or absolute.</param>
    /// <param name="flags">The constants of this class, combined.</param>
    /// <param name="mode">Permissions of a file that is created.</param>
    public static int Open(string path, int flags, int mode = 0x1A4)
    {
        fixed (byte* name = ByteText.EncodePath(path))
        {
            return SystemCall.Result(openat(CurrentFolder, name, flags | CloseOnExec, mode));
        }
    }

    /// <summary>
    /// Opens a name from a peer beneath <paramref name="folder"/>, non-blocking so that a FIFO cannot hang the caller.
    /// The kernel refuses every way out (openat2, RESOLVE_BENEATH); where it lacks that, links are refused altogether.
    /// Callers check first that the name has no '/', no NUL and is not "..".
    /// </summary>
    /// <param name="folder">From <see cref="OpenFolder"/>.</param>
    /// <param name="name">Zero-terminated.</param>
    public static int OpenBeneath(int folder, byte* name)
    {
        int result = OpenBeneathStrictly(folder, name);
        return result is -Errno.NotImplemented or -Errno.NotPermitted ? OpenWithoutLinks(folder, name) : result;
    }

    /// <summary>The way of kernels from 5.6: −ENOSYS before, −EPERM where a sandbox forbids openat2, −EXDEV for a way out.</summary>
    public static int OpenBeneathStrictly(int folder, byte* name)
    {
        OpenHow how = default;
        how.Flags = (ulong)(ReadOnly | NonBlocking | CloseOnExec);
        how.Resolve = ResolveBeneath | ResolveNoMagicLinks;
        return (int)SystemCall.Result(openat2(OpenAt2Number, folder, name, &how, sizeof(OpenHow)));
    }

    /// <summary>The way of kernels before 5.6: a link as the last part is refused.</summary>
    public static int OpenWithoutLinks(int folder, byte* name)
        => SystemCall.Result(openat(folder, name, ReadOnly | NonBlocking | CloseOnExec | NoFollow, 0));

    /// <summary>The status of an open file.</summary>
    public static int Status(int descriptor, out FileStatus status)
    {
        byte empty = 0;
        return Status(descriptor, &empty, EmptyPath, out status);
    }

    /// <summary>The status of a name in a folder; a link is not followed.</summary>
    public static int StatusAt(int folder, byte* name, out FileStatus status) => Status(folder, name, NoFollowAt, out status);

    /// <summary>Fills <paramref name="buffer"/> with directory entries (<see cref="DirectoryEntries"/> reads them); 0 at the end.</summary>
    public static nint ReadDirectory(int folder, byte* buffer, nint capacity) =>
        SystemCall.Result(getdents64(folder, buffer, (nuint)capacity));

    /// <summary>pread(2), again when interrupted.</summary>
    public static nint ReadAt(int descriptor, byte* buffer, nint length, long offset)
    {
        nint result;
        do
        {
            result = SystemCall.Result(pread(descriptor, buffer, (nuint)length, offset));
        }
        while (result == -Errno.Interrupted);
        return result;
    }

    /// <summary>pread(2) of all of the bytes.</summary>
    /// <returns>0 or −errno; −EAGAIN: the file ends before.</returns>
    public static int ReadWhole(int descriptor, byte* target, nint length, long offset)
    {
        while (length > 0)
        {
            nint count = ReadAt(descriptor, target, length, offset);
            if (count <= 0)
            {
                return count < 0 ? (int)count : -Errno.Again;
            }

            target += count;
            length -= count;
            offset += count;
        }

        return 0;
    }

    /// <summary>Whether the byte can be read without waiting for a disk. False also where the file system cannot tell (tmpfs).</summary>
    public static bool IsResident(int descriptor, long offset)
    {
        byte unused;
        IoVector vector = new() { Base = &unused, Length = 1 };
        return preadv2(descriptor, &vector, 1, (nint)offset, ReadWithoutWaiting) >= 0;
    }

    /// <summary>pwrite(2) of all of the bytes.</summary>
    /// <returns>0 or −errno.</returns>
    public static int WriteAt(int descriptor, byte* buffer, nint length, long offset)
    {
        while (length > 0)
        {
            nint result = SystemCall.Result(pwrite(descriptor, buffer, (nuint)length, offset));
            if (result < 0 && result != -Errno.Interrupted)
            {
                return (int)result;
            }

            nint written = result < 0 ? 0 : result;
            buffer += written;
            length -= written;
            offset += written;
        }

        return 0;
    }

    /// <summary>Makes a file as long as this: cut, or with a hole at its end.</summary>
    public static int SetLength(int descriptor, long length) => SystemCall.Result(ftruncate(descriptor, length));

    /// <summary>Locks the open file against others that do the same (flock(2)), without waiting: −EAGAIN when one of them has it.</summary>
    public static int TryLock(int descriptor) => SystemCall.Result(flock(descriptor, LockExclusive | LockWithoutWaiting));

    /// <summary>Takes <see cref="TryLock"/> back.</summary>
    public static void Unlock(int descriptor) => _ = flock(descriptor, UnlockFile);

    /// <summary>The status of a path of the user's own choosing.</summary>
    public static int StatusOf(string path, out FileStatus status, bool follow = true)
    {
        fixed (byte* name = ByteText.EncodePath(path))
        {
            return Status(CurrentFolder, name, follow ? 0 : NoFollowAt, out status);
        }
    }

    /// <summary>Renames, replacing what is there.</summary>
    public static int Rename(string from, string to)
    {
        fixed (byte* oldName = ByteText.EncodePath(from), newName = ByteText.EncodePath(to))
        {
            return SystemCall.Result(rename(oldName, newName));
        }
    }

    /// <summary>Removes a file.</summary>
    public static int Remove(string path)
    {
        fixed (byte* name = ByteText.EncodePath(path))
        {
            return SystemCall.Result(unlink(name));
        }
    }

    /// <summary>Sets the permissions of a file.</summary>
    public static int SetMode(string path, int mode)
    {
        fixed (byte* name = ByteText.EncodePath(path))
        {
            return SystemCall.Result(chmod(name, (uint)mode));
        }
    }

    private static int Status(int folder, byte* name, int flags, out FileStatus status)
    {
        // struct statx is the same on all architectures; 256 bytes.
        byte* raw = stackalloc byte[256];
        int result = SystemCall.Result(statx(folder, name, flags, BasicStatus, raw));
        status = default;
        if (result == 0)
        {
            status.Links = Unsafe.ReadUnaligned<int>(raw + 16);
            status.Owner = Unsafe.ReadUnaligned<uint>(raw + 20);
            status.Mode = Unsafe.ReadUnaligned<ushort>(raw + 28);
            status.Inode = Unsafe.ReadUnaligned<ulong>(raw + 32);
            status.Size = Unsafe.ReadUnaligned<long>(raw + 40);
            status.ChangedNanoseconds = Time(raw + 96);
            status.ModifiedNanoseconds = Time(raw + 112);
            status.Device = ((ulong)Unsafe.ReadUnaligned<uint>(raw + 136) << 32) | Unsafe.ReadUnaligned<uint>(raw + 140);
        }

        return result;
    }

    private static long Time(byte* raw) => (Unsafe.ReadUnaligned<long>(raw) * 1_000_000_000L) + Unsafe.ReadUnaligned<uint>(raw + 8);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int folder, byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint openat2(nint number, nint folder, byte* path, OpenHow* how, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int folder, byte* path, int flags, uint mask, byte* result);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getdents64(int folder, byte* buffer, nuint capacity);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint length, long offset);

    [LibraryImport("libc")]
    private static partial nint preadv2(int descriptor, IoVector* vectors, int count, nint offset, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(int descriptor, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int descriptor, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int descriptor, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int rename(byte* from, byte* to);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int chmod(byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlink(byte* path);

    // struct open_how of openat2(2).
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
