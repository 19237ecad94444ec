using System;
using System.Threading;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>The downloads of this process whose verified pieces are served to others. Any thread.</summary>
internal static class UnfinishedFiles
{
    /// <summary>Held by <see cref="Open"/>'s caller for as long as it uses what
    /// it was given: the map's memory ends after <see cref="Remove"/>.</summary>
    public static readonly Lock Gate = new();

    private static UnfinishedFile[] _files = [];

    /// <summary>Lets others read a download.</summary>
    public static void Add(UnfinishedFile file)
    {
        lock (Gate)
        {
            UnfinishedFile[] more = new UnfinishedFile[_files.Length + 1];
            _files.CopyTo(more, 0);
            more[^1] = file;
            _files = more;
        }
    }

    /// <summary>Takes a download away that was added, and closes its file.</summary>
    public static void Remove(UnfinishedFile file)
    {
        lock (Gate)
        {
            UnfinishedFile[] rest = new UnfinishedFile[Math.Max(0, _files.Length - 1)];
            int kept = 0;
            foreach (UnfinishedFile one in _files)
            {
                if (one != file && kept < rest.Length)
                {
                    rest[kept++] = one;
                }
            }

            _files = rest;
            Descriptor.Close(file.FileDescriptor);
        }
    }

    /// <summary>Finds a download and opens it, under <see cref="Gate"/>.</summary>
    /// <param name="name">As it is shared.</param>
    /// <param name="file">The download.</param>
    /// <returns>A descriptor that the caller closes; −ENOENT: there is none of that
    /// name, or it was changed after it was whole; or another −errno.</returns>
    public static int Open(ReadOnlySpan<byte> name, out UnfinishedFile? file)
    {
        foreach (UnfinishedFile one in _files)
        {
            if (name.SequenceEqual(one.Name))
            {
                bool changed = one.Changed != 0
                    && !(Files.Status(one.FileDescriptor, out FileStatus status) == 0 && status.ChangedNanoseconds == one.Changed);
                file = changed ? null : one;
                return changed ? -Errno.NoEntry : Descriptor.Duplicate(one.FileDescriptor);
            }
        }

        file = null;
        return -Errno.NoEntry;
    }
}
