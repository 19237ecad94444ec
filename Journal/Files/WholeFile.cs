using System;

namespace Epollsrv.Journal;

/// <summary>Files that are replaced as a whole: after a power cut there is the old content or the new one. One thread for each file.
/// </summary>
internal static unsafe class WholeFile
{
    /// <summary>Puts a text in the place of what a file holds. It is the owner's alone.</summary>
    /// <param name="disk">Does it.</param>
    /// <param name="folder">The directory.</param>
    /// <param name="name">The file's name in it.</param>
    /// <param name="text">The new content.</param>
    /// <returns>0 or −errno; then it is not known which one will be there after a power cut.</returns>
    public static int Replace(Disk disk, string folder, string name, ReadOnlySpan<byte> text)
    {
        string temporary = folder + "/temp-" + name;
        int file = disk.OpenForWriting(temporary, truncate: true);
        if (file < 0)
        {
            return file;
        }

        int result;
        fixed (byte* start = text)
        {
            result = LogRepair.Write(disk, file, start, text.Length);
        }

        result = result < 0 ? result : disk.Synchronize(file);
        disk.Close(file);
        result = result < 0 ? result : disk.Rename(temporary, folder + "/" + name);
        return result < 0 ? result : disk.SynchronizeFolder(folder);
    }
}
