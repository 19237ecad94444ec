using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>The end of the process without running anything more.</summary>
internal static partial class ProcessExit
{
    /// <summary>_exit(2). Any thread.</summary>
    public static void Now(int code) => ExitNow(code);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
