using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Turns a C library result of −1 into −errno. Must run right after the call, with nothing between.</summary>
internal static class SystemCall
{
    /// <summary>The result when it is not −1, else −errno of the call just made on this thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Result(int result) => result != -1 ? result : -Marshal.GetLastPInvokeError();

    /// <inheritdoc cref="Result(int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Result(nint result) => result != -1 ? result : -Marshal.GetLastPInvokeError();
}
