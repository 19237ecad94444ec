using System;
using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Whether the file system of the data directory has room for what a node will write. Main thread, before the node is confined:
/// a confined one cannot ask.</summary>
internal static class FreeSpace
{
    private const long Least = 1 << 20;

    /// <summary>Warns when there is less than the next base will take, as far as that is known.</summary>
    public static void Check(DataFolder folder)
    {
        int descriptor = Files.OpenFolder(folder.LogPath);
        string? warning = Describe(folder.LogPath, OwnFile.FreeSpace(descriptor), LastSnapshot(folder.Path));
        Descriptor.Close(descriptor);
        if (warning is not null)
        {
            Log.Warning("--data: " + warning);
        }
    }

    /// <summary>What to warn of.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="free">Bytes that are free.</param>
    /// <param name="last">Bytes of the last base; 0: there is none.</param>
    /// <returns>Null: there is enough.</returns>
    public static string? Describe(string path, long free, long last)
    {
        long needed = Math.Max(Least, last);
        return free >= needed ? null : path + ": only " + ValueText.FormatInteger(free) + " bytes are free on its file system, and the "
            + "next snapshot may take " + ValueText.FormatInteger(needed) + ". When nothing is free, writes are refused: make room";
    }

    private static long LastSnapshot(string path)
    {
        using DataFolder folder = DataFolder.OpenToRead(path);
        string last = folder.Load(out _) is { Base: { } entry } ? folder.PathOf(entry) : folder.DumpPath;
        return Files.StatusOf(last, out FileStatus status) == 0 ? status.Size : 0;
    }
}
