using Epollsrv.Native;
using Epollsrv.Protocol;

namespace Epollsrv.Share;

/// <summary>What is known of one file's content, in native memory; which file it is, is told by inode, size and times.</summary>
internal unsafe struct HashRecord
{
    /// <summary>The file when it was hashed.</summary>
    public FileStatus Status;

    /// <summary>A rising number, 0 in a free record: the record used least recently has the lowest.</summary>
    public long Used;

    /// <summary>The pieces' hashes, or null when they were given up for others'.</summary>
    public byte* List;

    /// <summary>The identity.</summary>
    public SharedIdentity Identity;

    /// <summary>Bytes of <see cref="List"/>.</summary>
    public readonly long ListBytes => PieceHasher.PiecesOf(Status.Size) * Sha256.HashBytes;

    /// <summary>Whether this is about the file with that status.</summary>
    public readonly bool IsOf(in FileStatus status) => Used != 0 && Status.IsSame(status);
}
