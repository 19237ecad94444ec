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

    /// <summary>Whether the rule of the data directory is for the present one only: one that is made anew, or on a disk that is mounted
    /// again, cannot be used. Known after <see cref="Add"/>.</summary>
    public bool IsDataFixed { get; private set; }

    /// <summary>A file of settings that the rule of the data directory lets the node change, and so what it is allowed at its next start;
    /// null: there is none. Known after <see cref="Add"/>.</summary>
    public string? UnsafeFile { get; private set; }

    /// <summary>Adds all rules of a node.</summary>
    /// <returns>Null, or which one cannot be made and why.</returns>
    public string? Add(Settings settings)
    {
        // A node without data keeps a snapshot of its master in a file that has no name as soon as it is open.
        const ulong keep = Landlock.ReadFile | Landlock.WriteFile | Landlock.MakeFile | Landlock.RemoveFile;
        const ulong read = Landlock.ReadFile | Landlock.ReadFolder;
        if (settings.Data.Folder is { } data)
        {
            string present = Paths.Resolve(data);
            string place = PlaceOf(present, settings);
            IsDataFixed = place == present || IsMountPoint(place);
            UnsafeFile = FindFileIn(place, settings);
            Allow(place, keep | Landlock.ReadFolder | Landlock.MakeFolder);
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
            // One that is not there may be made later. What is no regular file, such as a pipe, can be read at the start only.
            if (file is not null && (Files.StatusOf(file, out FileStatus status) < 0 || status.IsRegular))
            {
                AllowReading(file);
            }
        }

        foreach (SocketAddress address in settings.Engine.Addresses)
        {
            // Who might remove files in the root directory might remove all files.
            if (address.Family == SocketAddress.FamilyUnix && Paths.Resolve(Paths.FolderOf(address.UnixPath())) != Root)
            {
                Allow(Paths.FolderOf(address.UnixPath()), Landlock.RemoveFile);
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

    // Where there is nothing else beside the data directory, it may be made anew, and where there is nothing beside its mount point, its
    // disk mounted again: for the kernel both are other directories than that of the start.
    private static string PlaceOf(string data, Settings settings)
    {
        string place = data;
        string parent = Paths.FolderOf(place);
        bool isOwn = IsOwn(parent, settings);
        while (isOwn)
        {
            place = parent;
            parent = Paths.FolderOf(place);
            isOwn = IsMountPoint(place) && IsOwn(parent, settings);
        }

        return place;
    }

    // Not where settings may appear, as those of --config=-FILE, or those of the user's programs.
    private static bool IsOwn(string folder, Settings settings)
    {
        long others = DirectoryEntries.Count(folder) - (Files.StatusOf(folder + "/lost+found", out _) == 0 ? 2 : 1);
        bool isOwn = folder != Root && others == 0 && FindFileIn(folder, settings) is null && ProcessText.Variable("HOME") != folder;
        foreach (SocketAddress address in settings.Engine.Addresses)
        {
            isOwn &= address.Family != SocketAddress.FamilyUnix || Paths.Resolve(Paths.FolderOf(address.UnixPath())) != folder;
        }

        return isOwn;
    }

    private static bool IsMountPoint(string folder)
        => Files.StatusOf(folder, out FileStatus status) == 0 && Files.StatusOf(Paths.FolderOf(folder), out FileStatus parent) == 0
            && status.Device != parent.Device;

    private static string? FindFileIn(string folder, Settings settings)
    {
        foreach (string? file in settings.Files)
        {
            if (file is not null
                && (Paths.IsIn(Paths.Resolve(Paths.FolderOf(file)), folder) || Paths.IsIn(Paths.FolderOf(Paths.Resolve(file)), folder)))
            {
                return file;
            }
        }

        return null;
    }

    // The file's directory, and that of what it leads to if it is a link.
    private void AllowReading(string file)
    {
        string folder = Paths.Resolve(Paths.FolderOf(file));
        string target = Paths.Resolve(file);
        Allow(IsShielded(folder) ? file : folder, Landlock.ReadFile);
        if (Paths.FolderOf(target) != folder)
        {
            Allow(IsShielded(Paths.FolderOf(target)) ? target : Paths.FolderOf(target), Landlock.ReadFile);
        }
    }

    // Root may read everything in /etc; for others the permissions of the files there decide.
    private bool IsShielded(string folder) => folder == Root || (_isRoot && folder == SystemSettings);

    private void Allow(string path, ulong rights)
    {
        // What the node's user cannot open needs no rule.
        int result = landlock.Allow(path, rights);
        if (result is < 0 and not -Errno.AccessDenied)
        {
            _error ??= path + ": " + Errno.Describe(result);
        }
    }
}
