using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Share;

/// <summary>What is known of one file's content, in native memory; which file it is, is told by inode, size and time of change.</summary>
internal unsafe struct HashRecord
{
    /// <summary>Device number.</summary>
    public ulong Device;

    /// <summary>Inode number.</summary>
    public ulong Inode;

    /// <summary>Bytes.</summary>
    public long Size;

    /// <summary>Nanoseconds since 1970.</summary>
    public long Modified;

    /// <summary>A rising number, 0 in a free record: the record used least recently has the lowest.</summary>
    public long Used;

    /// <summary>The pieces' hashes, or null when they were given up for others'.</summary>
    public byte* List;

    /// <summary>The identity.</summary>
    public SharedIdentity Identity;

    /// <summary>Bytes of <see cref="List"/>.</summary>
    public readonly long ListBytes => PieceHasher.PiecesOf(Size) * Sha256.HashBytes;

    /// <summary>Whether this is about the file with that status.</summary>
    public readonly bool IsOf(in FileStatus status)
        => Used != 0 && Inode == status.Inode && Size == status.Size && Modified == status.ModifiedNanoseconds && Device == status.Device;
}
