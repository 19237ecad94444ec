using System;

namespace Epollsrv.Native;

/// <summary>How many descriptors and threads this process has, as /proc/self lists them. Any thread. A process with 10,000 connections
/// needs a few milliseconds for its descriptors.</summary>
internal static unsafe class ProcessCounts
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>Open descriptors, without the one that counts them; −1 where /proc is not mounted.</summary>
    public static long OpenDescriptors() => Math.Max(-1, Entries("/proc/self/fd") - 1);

    /// <summary>Threads; −1 where /proc is not mounted.</summary>
    public static long Threads() => Entries("/proc/self/task");

    private static long Entries(string path)
    {
        int folder = Files.OpenFolder(path);
        if (folder < 0)
        {
            return -1;
        }

        byte* buffer = stackalloc byte[BufferBytes];
        long count = 0;
        nint length;
        while ((length = Files.ReadDirectory(folder, buffer, BufferBytes)) > 0)
        {
            DirectoryEntries entries = new(buffer, length);
            while (entries.MoveNext())
            {
                count++;
            }
        }

        Descriptor.Close(folder);
        return count;
    }
}
