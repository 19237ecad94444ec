using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>inotify(7) on one folder. Results are ≥ 0 or −errno.</summary>
internal static unsafe partial class FolderWatch
{
    /// <summary>A file was written and closed, or moved in.</summary>
    public const uint Added = 0x8 | 0x80;

    /// <summary>A file's permissions, owner or times changed.</summary>
    public const uint Attributes = 0x4;

    /// <summary>A name appeared: a file that somebody may still write, or a link.</summary>
    public const uint Created = 0x100;

    /// <summary>A file was deleted, or moved out.</summary>
    public const uint Removed = 0x200 | 0x40;

    /// <summary>Events were lost: look at the whole folder again.</summary>
    public const uint Overflow = 0x4000;

    /// <summary>The folder itself is gone.</summary>
    public const uint Gone = 0x400 | 0x800 | 0x2000 | 0x8000;

    private const int Flags = 0x800 | 0x80000;

    /// <summary>A non-blocking inotify descriptor that watches <paramref name="path"/>.</summary>
    public static int Create(string path)
    {
        int descriptor = SystemCall.Result(inotify_init1(Flags));
        if (descriptor < 0)
        {
            return descriptor;
        }

        int watch;
        fixed (byte* name = ByteText.EncodePath(path))
        {
            watch = SystemCall.Result(inotify_add_watch(descriptor, name, Added | Created | Attributes | Removed | 0x400 | 0x800));
        }

        if (watch < 0)
        {
            Descriptor.Close(descriptor);
            return watch;
        }

        return descriptor;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_add_watch(int descriptor, byte* path, uint mask);
}
