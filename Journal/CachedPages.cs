using Epollsrv.Journal.Snapshots;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>The pages of a file that the kernel keeps in memory.</summary>
internal static class CachedPages
{
    // Between two rests: a tenth of a millisecond of work. Not less: the kernel keeps pages in blocks of up to 2 MB, and leaves a block
    // that is only partly in the range.
    private const long StepBytes = 2 << 20;

    /// <summary>
    /// Drops the pages of a file that is about to go, piece by piece, with rests. Otherwise the kernel frees all of them in the system call
    /// that removes the file: 60 ms of a processor for 1 GB, for which requests wait that were to be answered by it. Whoever reads the file
    /// goes on. Promises nothing.
    /// </summary>
    public static void Drop(string path)
    {
        int descriptor = RegularFile.Open(path, out FileStatus status);
        if (descriptor < 0)
        {
            return;
        }

        for (long offset = 0; offset < status.Size - StepBytes; offset += StepBytes)
        {
            long began = Clock.ThreadCpuTime();
            DurableFiles.DropPages(descriptor, offset, StepBytes);
            Clock.Sleep(SnapshotWriter.RestFactor * (Clock.ThreadCpuTime() - began));
        }

        Descriptor.Close(descriptor);
    }
}
