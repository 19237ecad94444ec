using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// Every change that the journal makes to files and folders. Results are ≥ 0 or −errno. Any thread. Tests derive from it to record
/// the changes, in order to build what a power cut could leave of them, and to have them fail.
/// </summary>
internal unsafe class Disk
{
    /// <summary>Permissions of files: the owner's alone, as the values are.</summary>
    public const int FileMode = 0x180; // 0600

    /// <summary>Permissions of folders.</summary>
    public const int FolderMode = 0x1C0; // 0700

    /// <summary>Opens a file for writing behind its end, wherever that is at the time. It is created when it does not exist. A symbolic
    /// link is never followed: −ELOOP.</summary>
    /// <param name="path">The file.</param>
    /// <param name="truncate">Whether to begin with an empty file. It is a new one, so that nothing is changed that has the same name by a
    /// link.</param>
    /// <returns>A descriptor.</returns>
    public virtual int OpenForWriting(string path, bool truncate)
    {
        int result = truncate ? Files.Remove(path) : 0;
        return result is < 0 and not -Errno.NoEntry ? result
            : Files.Open(
                path,
                Files.ReadWrite | Files.Create | Files.Append | Files.NoFollow | Files.NonBlocking | (truncate ? Files.Exclusive : 0),
                FileMode);
    }

    /// <summary>Closes a file that <see cref="OpenForWriting"/> has opened.</summary>
    public virtual void Close(int descriptor) => Descriptor.Close(descriptor);

    /// <summary>Writes behind the file's end.</summary>
    /// <returns>Bytes written, perhaps fewer than there are.</returns>
    public virtual nint Write(int descriptor, IoVector* vectors, int count) => DurableFiles.Write(descriptor, vectors, count);

    /// <summary>Has the kernel begin to write a part of a file to the disk. Promises nothing.</summary>
    public virtual void BeginWriteback(int descriptor, long offset, long length)
        => DurableFiles.BeginWriteback(descriptor, offset, length);

    /// <summary>Has the kernel drop the pages of a part of a file from memory that are on the disk. Promises nothing.</summary>
    public virtual void DropPages(int descriptor, long offset, long length)
        => DurableFiles.DropPages(descriptor, offset, length);

    /// <summary>Has the file's content and length on the disk.</summary>
    public virtual int Synchronize(int descriptor) => DurableFiles.SynchronizeData(descriptor);

    /// <summary>Makes a file this long.</summary>
    public virtual int SetLength(int descriptor, long length) => Files.SetLength(descriptor, length);

    /// <summary>Renames, replacing what is there.</summary>
    public virtual int Rename(string from, string to) => Files.Rename(from, to);

    /// <summary>Removes a file.</summary>
    public virtual int Remove(string path) => Files.Remove(path);

    /// <summary>Makes a folder.</summary>
    public virtual int MakeFolder(string path) => DurableFiles.MakeFolder(path, FolderMode);

    /// <summary>Has the folder's names on the disk: after a file was made, renamed or removed in it.</summary>
    public virtual int SynchronizeFolder(string path)
    {
        int folder = Files.OpenFolder(path);
        if (folder < 0)
        {
            return folder;
        }

        int result = DurableFiles.Synchronize(folder);
        Descriptor.Close(folder);
        return result;
    }
}
