using Epollsrv.Native;

namespace Epollsrv.Protocol;

/// <summary>
/// The files a node shares, as the protocols see them: function pointers that Node hands down, because Protocol does not know Share. Set
/// before the
/// server runs, then read by all threads.
/// </summary>
internal sealed unsafe class SharedFiles
{
    /// <summary>What <see cref="Open"/> is called with.</summary>
    public object? Owner { get; set; }

    /// <summary>Told that a peer asks for a file: its name and how long that is. Workers only. Null: nobody wants to know.</summary>
    public delegate*<byte*, int, void> FileAsked { get; set; }

    /// <summary>
    /// Opens a shared file by a peer's name: a descriptor that the caller closes, or −errno. May block on the disk: workers
    /// only. Null: the node shares nothing.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, int> Open { get; set; }

    /// <summary>
    /// The identity of an open shared file (name, its length, its status), when it is hashed already: false otherwise, and hashing it may
    /// begin. Quick, workers only. Null: files are never hashed, and their entity tags are weak.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, SharedIdentity*, bool> Identify { get; set; }

    /// <summary>
    /// Describes a shared file's pieces (name, its length): adds the SHA-256 of each, 32 bytes one after the other, and fills in status and
    /// identity. 0; −EAGAIN while the file is being hashed, which now comes before others; −ENOENT and the rest of <see cref="Open"/>'s
    /// errors, with nothing added. May block on the disk: workers only. Null: pieces are not told.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, SharedIdentity*, ByteBuilder, int> DescribePieces { get; set; }

    /// <summary>
    /// What <see cref="OpenUnfinished"/> and <see cref="DescribeUnfinished"/> are called with; null: <see cref="Owner"/>. Whoever fetches
    /// sets it.
    /// </summary>
    public object? Unfinished { get; set; }

    /// <summary>
    /// As <see cref="DescribePieces"/> for a file that is still being fetched; the last argument receives the bitmap of the verified
    /// pieces, bit
    /// 7 of its first byte for the first piece, all of them zero while none is. Size of the status and Pieces of the identity are filled
    /// in,
    /// the list is complete and verified; −EAGAIN until it is; −ENOENT when no such download is under way. Null: unfinished downloads are
    /// not told.
    /// </summary>
    public delegate*<object, byte*, int, FileStatus*, SharedIdentity*, ByteBuilder, ByteBuilder, int> DescribeUnfinished { get; set; }

    /// <summary>
    /// Opens the verified bytes of a file that is still being fetched, by name, its length, and the first and last byte that are wanted: a
    /// descriptor that the caller closes; −ENOENT when no such download is under way; −EAGAIN when not all of these bytes are verified yet.
    /// Fills in size and identity of the whole. Workers only. Null: unfinished downloads are not served.
    /// </summary>
    public delegate*<object, byte*, int, long, long, FileStatus*, SharedIdentity*, int> OpenUnfinished { get; set; }

    /// <summary>
    /// Shows every shared file to a visitor (its state, name, length, status): 0, or −errno when the folder could not be read to its end.
    /// May block on the disk: workers only. Null: the node shares nothing.
    /// </summary>
    public delegate*<object, object, delegate*<object, byte*, int, FileStatus*, void>, int> List { get; set; }

    /// <summary>How many have a file, as far as this node is its owner or replica and so knows: name, its length. Any thread. Null: nobody
    /// knows.</summary>
    public delegate*<object, byte*, int, int> CountHolders { get; set; }

    /// <summary>What <see cref="CountHolders"/> is called with.</summary>
    public object? Registrations { get; set; }
}
