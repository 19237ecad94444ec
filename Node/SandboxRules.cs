using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Which files a confined node may use. The rules are for directories rather than files, because a file that is replaced by renaming is
/// another one for the kernel. Main thread.
/// </summary>
internal sealed class SandboxRules(Landlock landlock)
{
    // Where everything else is: of files there only these themselves, not what is beside them.
    private const string Root = "/";
    private const string SystemSettings = "/etc";

    // For names of hosts (getaddrinfo).
    private static readonly string[] _resolver =
        ["/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf"];

    // Limits of memory and processors, also for the runtime's garbage collection and the C library.
    private static readonly string[] _machine =
        ["/proc/self", "/proc/meminfo", "/sys/fs/cgroup", "/sys/devices/system/cpu", "/sys/devices/system/node"];

    private readonly bool _isRoot = ThreadPrivileges.IsRoot();
    private string? _error;

    /// <summary>Adds all rules of a node.</summary>
    /// <returns>Null, or which one cannot be made and why.</returns>
    public string? Add(Settings settings)
    {
        // A node without data keeps a snapshot of its master in a file that has no name as soon as it is open.
        const ulong keep = Landlock.ReadFile | Landlock.WriteFile | Landlock.MakeFile | Landlock.RemoveFile;
        const ulong read = Landlock.ReadFile | Landlock.ReadFolder;
        if (settings.Data.Folder is { } data)
        {
            Allow(PlaceOf(data), keep | Landlock.ReadFolder | Landlock.MakeFolder);
        }
        else
        {
            Allow("/tmp", keep);
        }

        if (settings.Share is { } share)
        {
            Allow(share, read);
        }

        foreach (string? file in settings.Files)
        {
            // One that is not there may be made later. A pipe is read once, at the start.
            if (file is not null && (Files.StatusOf(file, out FileStatus status) < 0 || status.IsRegular))
            {
                AllowReading(file);
            }
        }

        foreach (SocketAddress address in settings.Engine.Addresses)
        {
            if (address.Family == SocketAddress.FamilyUnix)
            {
                Allow(FolderOf(address.ToString()["unix:".Length..]), Landlock.RemoveFile);
            }
        }

        foreach (string file in _resolver)
        {
            AllowReading(file);
        }

        foreach (string path in _machine)
        {
            Allow(path, read);
        }

        return _error;
    }

    // Where there is nothing else beside the data directory, it may be made anew, and its disk mounted again: for the kernel both are other
    // directories than that of the start.
    private static string PlaceOf(string data)
    {
        string parent = FolderOf(SystemFacts.Resolve(data));
        return parent != Root && DirectoryEntries.Count(parent) == 1 ? parent : data;
    }

    // The file's directory, and that of what it leads to if it is a link.
    private void AllowReading(string file)
    {
        string folder = SystemFacts.Resolve(FolderOf(file));
        string target = SystemFacts.Resolve(file);
        Allow(IsShielded(folder) ? file : folder, Landlock.ReadFile);
        if (FolderOf(target) != folder)
        {
            Allow(IsShielded(FolderOf(target)) ? target : FolderOf(target), Landlock.ReadFile);
        }
    }

    // Root may read everything in /etc; for others the permissions of the files there decide.
    private bool IsShielded(string folder) => folder == Root || (_isRoot && folder == SystemSettings);

    private void Allow(string path, ulong rights)
    {
        int result = landlock.Allow(path, rights);
        if (result < 0)
        {
            _error ??= path + ": " + Errno.Describe(result);
        }
    }

    private static string FolderOf(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash < 0 ? "." : slash == 0 ? Root : path[..slash];
    }
}
