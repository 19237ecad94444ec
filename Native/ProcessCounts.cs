using System;

namespace Epollsrv.Native;

/// <summary>How many descriptors and threads this process has, as /proc/self lists them. Any thread. A process with 10,000 connections
/// needs a few milliseconds for its descriptors.</summary>
internal static class ProcessCounts
{
    /// <summary>Open descriptors, without the one that counts them; −1 where /proc is not mounted.</summary>
    public static long OpenDescriptors() => Math.Max(-1, DirectoryEntries.Count("/proc/self/fd") - 1);

    /// <summary>Threads; −1 where /proc is not mounted.</summary>
    public static long Threads() => DirectoryEntries.Count("/proc/self/task");
}
