using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>
/// Rules of Landlock: the directories and files beneath which the calling thread, and the threads that it starts afterwards, may open,
/// make and remove files. What no rule allows is refused for good (EACCES); files that are open already stay usable.
/// </summary>
internal sealed unsafe partial class Landlock : IDisposable
{
    /// <summary>Opening files to read.</summary>
    public const ulong ReadFile = 1 << 2;

    /// <summary>Listing directories.</summary>
    public const ulong ReadFolder = 1 << 3;

    /// <summary>Removing files.</summary>
    public const ulong RemoveFile = 1 << 5;

    /// <summary>Opening files to write, and cutting them off.</summary>
    public const ulong WriteFile = (1 << 1) | TruncateRight;

    /// <summary>Making regular files.</summary>
    public const ulong MakeFile = 1 << 8;

    /// <summary>Making directories, and renaming files from one directory to another.</summary>
    public const ulong MakeFolder = (1 << 7) | ReferRight;

    // Rights of later versions: 2, 3 and 5. Version 1 has the 13 before.
    private const ulong ReferRight = 1 << 13;
    private const ulong TruncateRight = 1 << 14;
    private const ulong DeviceRight = 1 << 15;
    private const ulong FirstRights = ReferRight - 1;

    // What a rule for a file, not a directory, may allow.
    private const ulong RightsOfFiles = ReadFile | WriteFile;

    // From version 6 on: abstract Unix sockets of others cannot be reached.
    private const ulong ScopeAbstractSockets = 1;

    private const nint CreateNumber = 444;
    private const nint AddNumber = 445;
    private const nint RestrictNumber = 446;
    private const nint AskVersion = 1;
    private const nint PathRule = 1;

    private readonly int _rules;
    private readonly ulong _handled;

    private Landlock(int version, int descriptor)
    {
        _handled = Handled(version);
        _rules = descriptor;
    }

    /// <summary>The version of the kernel's interface, from 1 on, or −errno: the kernel has none, or a filter refuses it.</summary>
    public static int Version() => (int)SystemCall.Result(landlock_create_ruleset(CreateNumber, null, 0, AskVersion));

    /// <summary>Makes rules that allow nothing yet.</summary>
    /// <param name="error">0 or −errno.</param>
    /// <returns>Null: the kernel has no Landlock, or refuses it.</returns>
    public static Landlock? Create(out int error)
    {
        int version = Version();
        RulesAttribute attribute = new() { Files = Handled(version), Scope = version >= 6 ? ScopeAbstractSockets : 0 };
        int result = version < 0 ? version
            : (int)SystemCall.Result(landlock_create_ruleset(CreateNumber, &attribute, sizeof(RulesAttribute), 0));
        error = Math.Min(result, 0);
        return result < 0 ? null : new Landlock(version, result);
    }

    /// <summary>Allows rights at a path and, if it is a directory, beneath it. A path that does not exist allows nothing.</summary>
    /// <returns>0 or −errno.</returns>
    public int Allow(string path, ulong rights)
    {
        int descriptor = Files.Open(path, Files.PathOnly);
        if (descriptor < 0)
        {
            return descriptor == -Errno.NoEntry ? 0 : descriptor;
        }

        int result = Files.Status(descriptor, out FileStatus status);
        byte* attribute = stackalloc byte[12];
        Unsafe.WriteUnaligned(attribute, rights & _handled & (status.IsDirectory ? ulong.MaxValue : RightsOfFiles));
        Unsafe.WriteUnaligned(attribute + 8, descriptor);
        result = result < 0 ? result : (int)SystemCall.Result(landlock_add_rule(AddNumber, _rules, PathRule, attribute, 0));
        Descriptor.Close(descriptor);
        return result;
    }

    /// <summary>Puts the calling thread under the rules. It must have no_new_privs.</summary>
    /// <returns>0 or −errno.</returns>
    public int RestrictThread() => (int)SystemCall.Result(landlock_restrict_self(RestrictNumber, _rules, 0));

    public void Dispose() => Descriptor.Close(_rules);

    private static ulong Handled(int version) => FirstRights | (version >= 2 ? ReferRight : 0) | (version >= 3 ? TruncateRight : 0)
        | (version >= 5 ? DeviceRight : 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint landlock_create_ruleset(nint number, RulesAttribute* attribute, nint size, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint landlock_add_rule(nint number, nint rules, nint type, byte* attribute, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint landlock_restrict_self(nint number, nint rules, nint flags);

    // struct landlock_ruleset_attr: an older kernel accepts what it does not know as long as it is zero.
    private struct RulesAttribute
    {
        public ulong Files;
        public ulong Network;
        public ulong Scope;
    }
}
