using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Takes from the process what a node does not need: privileges, files (Landlock) and system calls (seccomp). Threads inherit it from the
/// one that starts them, so it is done while there are only two: the main thread, and the runtime's own (<see cref="RuntimeThread"/>).
/// docs/SECURITY.md describes what is left to a confined node.
/// </summary>
internal static class Sandbox
{
    private const string Privileges = "no_new_privs and no capabilities";
    private const string FileRules = "rules for files (Landlock)";
    private const string Calls = "the list of system calls (seccomp)";

    private static bool _isRuntimeThreadIn;
    private static string _missing = string.Empty;

    /// <summary>Confines the runtime's own thread, which runs finalizers and nothing else: it may use no file at all.</summary>
    public static void EnterRuntimeThread()
    {
        using Landlock? landlock = Landlock.Create(out _);

        // The main thread reports a kernel without Landlock. If the kernel has it and refuses the rules, this thread is not confined.
        _isRuntimeThreadIn = LowerPrivileges(0) == 0
            && (landlock is null ? Landlock.Version() < 0 : landlock.RestrictThread() == 0);
    }

    /// <summary>Confines the process for good. Main thread, when the listening sockets and the data directory are open, and before any
    /// other thread is started.</summary>
    /// <returns>False after an error was logged: --sandbox require, and something cannot be had.</returns>
    public static bool TryEnter(RunningNode node)
    {
        SandboxMode mode = node.Settings.Sandbox;
        if (mode == SandboxMode.Off)
        {
            return true;
        }

        _missing = string.Empty;
        int result = LowerPrivileges(KeepCapability(node));
        if (result < 0)
        {
            Miss(Privileges, result);
        }

        using (Landlock? landlock = MakeRules(node))
        {
            result = landlock is null ? 0 : landlock.RestrictThread();
        }

        if (result < 0)
        {
            Miss(FileRules, result);
        }

        // The main thread and the runtime's own.
        long threads = ProcessCounts.Threads();
        if (threads != 2 || !_isRuntimeThreadIn)
        {
            Miss("all of this for " + (threads > 2 ? "threads that the runtime has started"
                : threads < 0 ? "other threads, which cannot be counted without /proc" : "the runtime's own thread"));
        }

        result = SystemCallFilter.Install();
        if (result < 0)
        {
            Miss(Calls, result);
        }

        return Report(mode);
    }

    private static int LowerPrivileges(ulong kept)
    {
        int result = ThreadPrivileges.ForbidNew();
        if (result < 0)
        {
            return result;
        }

        result = ThreadPrivileges.Capabilities(out ulong held);
        return result < 0 || held == 0 ? result : ThreadPrivileges.SetCapabilities(kept, kept);
    }

    private static Landlock? MakeRules(RunningNode node)
    {
        Landlock? landlock = Landlock.Create(out int error);
        if (landlock is null)
        {
            Miss(FileRules, error);
            return null;
        }

        SandboxRules rules = new(landlock);
        if (rules.Add(node.Settings) is { } mistake)
        {
            // Without all rules the node could not go on.
            Miss(FileRules + ": " + mistake);
            landlock.Dispose();
            return null;
        }

        if (rules.UnsafeFile is { } file)
        {
            Miss("settings that the node cannot change itself: " + file + " is where it may write; move it out of the data directory");
        }

        if (node.Persistence is { } persistence)
        {
            persistence.Folder.IsOnlyOne = rules.IsDataFixed;
        }

        return landlock;
    }

    // Root uses files of other users by a capability: when the node's belong to somebody else, that one is left to it.
    private static ulong KeepCapability(RunningNode node)
    {
        if (ThreadPrivileges.Capabilities(out ulong held) < 0 || (held & ThreadPrivileges.AnyFile) == 0
            || ThreadPrivileges.SetCapabilities(0, held) < 0)
        {
            return 0;
        }

        string? other = NodePermissions.FindUnusable(node);
        if (other is null)
        {
            return 0;
        }

        Miss("no capabilities: CAP_DAC_OVERRIDE is left, because " + other + " belongs to another user than the node's");
        return ThreadPrivileges.AnyFile;
    }

    private static void Miss(string what, int result) => Miss(what + ": " + Errno.Describe(result));

    private static void Miss(string what) => _missing += (_missing.Length == 0 ? string.Empty : "; ") + what;

    private static bool Report(SandboxMode mode)
    {
        if (_missing.Length == 0)
        {
            return true;
        }

        if (mode == SandboxMode.Require)
        {
            Log.Error("--sandbox require: this cannot be had: " + _missing + ". With --sandbox auto the node starts without");
            return false;
        }

        Log.Warning("the node is not confined entirely (--sandbox auto); this cannot be had: " + _missing);
        return true;
    }
}
