using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>What the kernel lets the calling thread do beyond its user's rights. Threads that it starts inherit it.</summary>
internal static unsafe partial class ThreadPrivileges
{
    /// <summary>Reading and writing files whatever their permissions say (CAP_DAC_OVERRIDE).</summary>
    public const ulong AnyFile = 1 << 1;

    private const int SetNoNewPrivileges = 38;
    private const uint Version3 = 0x20080522;

    // struct __user_cap_data_struct, of 32 capabilities: effective, permitted, inheritable.
    private const int SetsOfHalf = 3;

    /// <summary>Whether its user is root.</summary>
    public static bool IsRoot() => geteuid() == 0;

    /// <summary>No program that is executed gets more privileges than its caller has: for good.</summary>
    /// <returns>0 or −errno.</returns>
    public static int ForbidNew() => SystemCall.Result(prctl(SetNoNewPrivileges, 1, 0, 0, 0));

    /// <summary>The capabilities that it has and may use.</summary>
    /// <returns>0 or −errno.</returns>
    public static int Capabilities(out ulong held)
    {
        Header header = new() { Version = Version3 };
        uint* sets = stackalloc uint[2 * SetsOfHalf];
        int result = SystemCall.Result(capget(&header, sets));
        held = result < 0 ? 0 : sets[1] | ((ulong)sets[SetsOfHalf + 1] << 32);
        return result;
    }

    /// <summary>Lowers the capabilities.</summary>
    /// <param name="effective">What counts from now on.</param>
    /// <param name="permitted">What can be made effective again.</param>
    /// <returns>0 or −errno.</returns>
    public static int SetCapabilities(ulong effective, ulong permitted)
    {
        Header header = new() { Version = Version3 };
        uint* sets = stackalloc uint[2 * SetsOfHalf]
        {
            (uint)effective, (uint)permitted, 0,
            (uint)(effective >> 32), (uint)(permitted >> 32), 0,
        };

        return SystemCall.Result(capset(&header, sets));
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capget(Header* header, uint* sets);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capset(Header* header, uint* sets);

    // struct __user_cap_header_struct; process 0 is the calling thread.
    private struct Header
    {
        public uint Version;
        public int Process;
    }
}
