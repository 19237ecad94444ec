using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>Whether the permissions of the node's user are enough for its files: root without capabilities is a user as others are. The
/// files in the shared folder are not looked at, because there can be many. Main thread.</summary>
internal static class NodePermissions
{
    /// <summary>Looks for a file or directory that they are not enough for.</summary>
    /// <returns>Its path; null: there is none.</returns>
    public static string? FindUnusable(RunningNode node)
    {
        Settings settings = node.Settings;
        if (settings.Share is { } share && !Files.IsReadable(share))
        {
            return share;
        }

        foreach (string? file in settings.Files)
        {
            if (file is not null && !Files.IsReadable(file))
            {
                return file;
            }
        }

        foreach (SocketAddress address in settings.Engine.Addresses)
        {
            if (address.Family == SocketAddress.FamilyUnix && !Files.IsWritable(Paths.FolderOf(address.UnixPath())))
            {
                return Paths.FolderOf(address.UnixPath());
            }
        }

        return settings.Data.Folder is { } data ? FindUnusable(data) : null;
    }

    private static string? FindUnusable(string data)
    {
        using DataFolder folder = DataFolder.OpenToRead(data);
        foreach (string path in new[] { folder.Path, folder.LogPath })
        {
            if (!Files.IsWritable(path))
            {
                return path;
            }
        }

        foreach (string path in new[] { folder.DumpPath, folder.ManifestPath })
        {
            if (!Files.IsReadable(path))
            {
                return path;
            }
        }

        // What is wrong with a manifest is said when the keys are loaded.
        if (folder.Load(out _) is not { } manifest)
        {
            return null;
        }

        if (manifest.Base is { } first && !Files.IsReadable(folder.PathOf(first)))
        {
            return folder.PathOf(first);
        }

        foreach (ManifestEntry entry in manifest.Increments)
        {
            if (!Files.IsReadable(folder.PathOf(entry)))
            {
                return folder.PathOf(entry);
            }
        }

        return null;
    }
}
