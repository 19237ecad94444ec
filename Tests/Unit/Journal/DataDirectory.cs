using Epollsrv.Journal;

using Epollsrv.Tests.Integration;

namespace Epollsrv.Tests.Unit.Journal;

/// <summary>The lock of a data directory as tests have to see it.</summary>
internal static class DataDirectory
{
    /// <summary>
    /// The reason to wait: a process that another test is just starting has this process's descriptors for a moment, until it becomes
    /// another program, and with them the locks that were held when it was made.
    /// </summary>
    public const string MayBeLocked = "no starting process has the lock's descriptor any more";

    /// <summary>Waits until nobody has the lock of a directory that was just closed.</summary>
    public static void AwaitUnlocked(string path) => NodeUnderTest.Until(() => !DataFolder.OpenToRead(path).IsInUse(), MayBeLocked);
}
