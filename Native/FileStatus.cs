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

    /// <summary>Last change of the content, nanoseconds since 1970.</summary>
    public long ModifiedNanoseconds;

    /// <summary>A regular file, as opposed to a folder, FIFO, device, socket or link.</summary>
    public readonly bool IsRegular => (Mode & 0xF000) == 0x8000;

    /// <summary>A symbolic link.</summary>
    public readonly bool IsLink => (Mode & 0xF000) == 0xA000;

    /// <summary>A Unix-domain socket.</summary>
    public readonly bool IsSocket => (Mode & 0xF000) == 0xC000;

    /// <summary>A folder.</summary>
    public readonly bool IsDirectory => (Mode & 0xF000) == 0x4000;
}
