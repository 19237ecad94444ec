using Epollsrv.Journal;
using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>What a node keeps in its data directory beside the data: its part in replication, and parameters of CONFIG.</summary>
internal static class StateFiles
{
    /// <summary>Reads them, before the port is open and the node's threads start.</summary>
    /// <returns>False after an error was logged.</returns>
    public static bool TryRead(RunningNode node, DataFolder folder)
    {
        RoleKeeper roles = node.Replication.Keeper;
        roles.Kept = RoleFile.Read(folder.Path, out string error);
        if (error.Length == 0 && roles.Kept is { Host: null } && !node.Replication.Settings.AllowsEmpty && !folder.HasData())
        {
            // A master that comes back empty would empty its replicas as well.
            error = folder.Path + "/" + RoleFile.Name + " says that this node was a master with replicas, but the directory has no data: the "
                + "replicas would become empty too. Promote a replica (Sentinel does) and remove the file, restore the data, or start with "
                + "--allow-empty";
        }

        error = error.Length != 0 ? error : RewrittenConfig.Read(folder.Path, node.Resp.Config!, node.Settings) ?? string.Empty;
        if (error.Length != 0)
        {
            Log.Error("--data: " + error);
        }

        return error.Length == 0;
    }

    /// <summary>Writes them. One thread at a time, which may wait for the disk.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public static string? Write(RunningNode node, Disk disk, DataFolder folder)
    {
        if (!node.Replication.Keeper.Keep())
        {
            return RoleFile.Name + " cannot be written";
        }

        int result = RewrittenConfig.Write(disk, folder.Path, node.Resp.Config!);
        return result < 0 ? Errno.Describe(result) : null;
    }
}
