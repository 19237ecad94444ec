namespace Epollsrv.Native;

/// <summary>What statx says of a file, as far as the program needs it.</summary>
internal struct FileStatus
{
    /// <summary>S_IFMT and permission bits.</summary>
    public int Mode;

    /// <summary>Bytes.</summary>
    public long Size;

    /// <summary>Hard links.</summary>
    public int Links;

    /// <summary>Inode number; with <see cref="Device"/> the file's identity.</summary>
    public ulong Inode;

    /// <summary>Device number, major in the upper half.</summary>
    public ulong Device;

    /// <summary>The user who owns it.</summary>
    public uint Owner;

    /// <summary>Last change of the content as the file tells it, nanoseconds
    /// since 1970. Anybody who may write to the file can set it.</summary>
    public long ModifiedNanoseconds;

    /// <summary>Last change of anything, by the kernel's clock, nanoseconds since 1970. Nobody can set it.</summary>
    public long ChangedNanoseconds;

    /// <summary>Whether both are of the same file, under whatever name.</summary>
    public readonly bool IsSameFile(in FileStatus other) => Inode == other.Inode && Device == other.Device;

    /// <summary>
    /// Whether nothing of the file was changed between the two. Both times: <see cref="ModifiedNanoseconds"/>
    /// can be put back, and some file systems in user space keep no <see cref="ChangedNanoseconds"/>.
    /// </summary>
    public readonly bool IsSame(in FileStatus other) => IsSameFile(other) && Size == other.Size
        && ChangedNanoseconds == other.ChangedNanoseconds && ModifiedNanoseconds == other.ModifiedNanoseconds;

    /// <summary>A regular file, as opposed to a folder, FIFO, device, socket or link.</summary>
    public readonly bool IsRegular => (Mode & 0xF000) == 0x8000;

    /// <summary>A symbolic link.</summary>
    public readonly bool IsLink => (Mode & 0xF000) == 0xA000;

    /// <summary>A Unix-domain socket.</summary>
    public readonly bool IsSocket => (Mode & 0xF000) == 0xC000;

    /// <summary>A folder.</summary>
    public readonly bool IsDirectory => (Mode & 0xF000) == 0x4000;
}
