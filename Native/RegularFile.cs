namespace Epollsrv.Native;

/// <summary>Files in folders where somebody may have put something else under their names. Any thread.</summary>
internal static class RegularFile
{
    /// <summary>Opens a regular file to read it. Never waits, as the open of a FIFO does.</summary>
    /// <returns>A descriptor, or −errno; −EISDIR: a directory; −ESPIPE: a FIFO or something else that is no file.</returns>
    public static int Open(string path, out FileStatus status)
    {
        status = default;
        int descriptor = Files.Open(path, Files.ReadOnly | Files.NonBlocking);
        if (descriptor < 0)
        {
            return descriptor;
        }

        int result = Files.Status(descriptor, out status);
        result = result < 0 || status.IsRegular ? result : status.IsDirectory ? -Errno.IsDirectory : -Errno.NotSeekable;
        if (result < 0)
        {
            Descriptor.Close(descriptor);
        }

        return result < 0 ? result : descriptor;
    }
}
