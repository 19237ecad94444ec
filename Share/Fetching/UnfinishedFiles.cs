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
            _files = [.. _files, file];
        }
    }

    /// <summary>Takes a download away and closes its file.</summary>
    public static void Remove(UnfinishedFile file)
    {
        lock (_lock)
        {
            int index = Array.IndexOf(_files, file);
            if (index >= 0)
            {
                _files = [.. _files[..index], .. _files[(index + 1)..]];
                Descriptor.Close(file.FileDescriptor);
            }
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
