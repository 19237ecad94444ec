using System;
using System.Threading;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>The downloads of this process whose verified pieces are served to others. Any thread.</summary>
internal static class UnfinishedFiles
{
    private static readonly Lock _lock = new();
    private static UnfinishedFile[] _files = [];

    /// <summary>Lets others read a download.</summary>
    public static void Add(UnfinishedFile file)
    {
        lock (_lock)
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
        lock (_lock)
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

    /// <summary>Finds a download and opens it.</summary>
    /// <param name="name">As it is shared.</param>
    /// <param name="file">The download.</param>
    /// <returns>A descriptor that the caller closes; −ENOENT: there is none of that name; or another −errno.</returns>
    public static int Open(ReadOnlySpan<byte> name, out UnfinishedFile? file)
    {
        lock (_lock)
        {
            foreach (UnfinishedFile one in _files)
            {
                if (name.SequenceEqual(one.Name))
                {
                    file = one;
                    return Descriptor.Duplicate(one.FileDescriptor);
                }
            }
        }

        file = null;
        return -Errno.NoEntry;
    }
}
