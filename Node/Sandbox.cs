using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>
/// Takes from the process what a node does not need: privileges, files (Landlock) and system calls (seccomp). All of it is inherited by the
/// threads that are started afterwards, so it is done while there are only two: the main thread, and the runtime's own, which is reached by
/// <see cref="RuntimeThread"/>. docs/SECURITY.md describes what is left to a confined node.
/// </summary>
internal static unsafe class Sandbox
{
    // What each of the two threads does.
    private static int _rules;
    private static ulong _kept;
    private static int _privilegesResult;
    private static int _rulesResult;

    private static string _missing = string.Empty;

    /// <summary>Confines the process for good. Main thread, when the listening sockets and the data directory are open, and before any other
    /// thread is started.</summary>
    /// <returns>False after an error was logged: --sandbox require, and something cannot be had.</returns>
    public static bool TryEnter(RunningNode node)
    {
        SandboxMode mode = node.Settings.Sandbox;
        if (mode == SandboxMode.Off)
        {
            return true;
        }

        _missing = string.Empty;
        _kept = ThreadPrivileges.Capabilities() == 0 ? 0 : Keep(node);
        Landlock? landlock = MakeRules(node.Settings);
        _rules = landlock?.Rules ?? -1;
        Restrict();
        if (!RuntimeThread.Run(&Restrict))
        {
            Miss("the runtime's own thread: it runs no finalizer");
        }

        landlock?.Dispose();
        Miss("capabilities and no_new_privs", _privilegesResult);
        Miss("rules for files (Landlock)", _rulesResult);
        int others = SystemFacts.Threads() - 2;
        if (others > 0)
        {
            Miss("every thread: something has started " + ValueText.FormatInteger(others) + " more before, which keep their rights");
        }

        Miss("the list of system calls (seccomp)", SystemCallFilter.Install());
        return Report(mode);
    }

    private static void Restrict()
    {
        int result = ThreadPrivileges.ForbidNew();
        if (ThreadPrivileges.Capabilities() != 0)
        {
            int dropped = ThreadPrivileges.SetCapabilities(_kept, _kept);
            result = result < 0 ? result : dropped;
        }

        _privilegesResult = _privilegesResult < 0 ? _privilegesResult : result;
        int restricted = _rules < 0 ? 0 : Landlock.RestrictThread(_rules);
        _rulesResult = _rulesResult < 0 ? _rulesResult : restricted;
    }

    private static Landlock? MakeRules(Settings settings)
    {
        Landlock? landlock = Landlock.Create(out int error);
        if (landlock is null)
        {
            Miss("rules for files (Landlock)", error);
        }
        else if (new SandboxRules(landlock).Add(settings) is { } mistake)
        {
            // Without all rules the node could not go on.
            Miss("rules for files (Landlock): " + mistake);
            landlock.Dispose();
            landlock = null;
        }

        return landlock;
    }

    // Root uses files of other users by a capability: when the node's belong to somebody else, that one is left to it.
    private static ulong Keep(RunningNode node)
    {
        ulong held = ThreadPrivileges.Capabilities();
        if ((held & ThreadPrivileges.AnyFile) == 0 || ThreadPrivileges.SetCapabilities(0, held) < 0)
        {
            return 0;
        }

        string? other = OthersFile(node);
        if (other is null)
        {
            return 0;
        }

        _ = ThreadPrivileges.SetCapabilities(held, held);
        Miss("no capabilities: CAP_DAC_OVERRIDE is left, because " + other + " belongs to another user than the node's");
        return ThreadPrivileges.AnyFile;
    }

    private static string? OthersFile(RunningNode node)
    {
        Settings settings = node.Settings;
        if (settings.Share is { } share && !IsUsable(share))
        {
            return share;
        }

        foreach (string? file in settings.Files)
        {
            if (file is not null && !IsUsable(file))
            {
                return file;
            }
        }

        return node.Persistence is { Folder.IsUsable: false } ? settings.Data.Folder : null;
    }

    private static bool IsUsable(string path)
    {
        int descriptor = Files.Open(path, Files.ReadOnly | Files.NonBlocking);
        Descriptor.Close(descriptor);
        return descriptor != -Errno.AccessDenied;
    }

    private static void Miss(string what, int result)
    {
        if (result < 0)
        {
            Miss(what + ": " + Errno.Describe(result));
        }
    }

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
