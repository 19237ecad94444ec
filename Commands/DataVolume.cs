using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>Where a node keeps its data when nobody says.</summary>
internal static class DataVolume
{
    /// <summary>Where the image has room for a volume.</summary>
    private const string ContainerFolder = "/data";

    /// <summary>The directory for --data; null: nothing is kept.</summary>
    /// <param name="text">The option's value; null: it is not given.</param>
    public static string? Choose(string? text)
    {
        if (text is not null)
        {
            return text;
        }

        if (!Container.IsOwnImage || !IsMounted(ContainerFolder))
        {
            return null;
        }

        Log.Info("--data is " + ContainerFolder + ": a volume is mounted there");
        return ContainerFolder;
    }

    // What is written into a container's own layer is gone with the container: only another file system is meant for data.
    private static bool IsMounted(string path)
        => Files.StatusOf(path, out FileStatus folder) == 0 && Files.StatusOf("/", out FileStatus root) == 0
            && folder.IsDirectory && folder.Device != root.Device;
}
