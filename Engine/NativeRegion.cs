using System;
using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>Memory that lives as long as the process: address space now, pages when they are touched.</summary>
internal static unsafe class NativeRegion
{
    /// <summary>Reserves zeroed, page-aligned memory; ends in <see cref="OutOfMemoryException"/> when the kernel refuses.</summary>
    public static byte* Reserve(nint bytes)
    {
        long address = Memory.Map(bytes);
        return address > 0
            ? (byte*)address
            : throw new OutOfMemoryException("cannot map " + bytes + " bytes: " + Errno.Describe((int)address));
    }

    /// <summary>The same; null when the kernel refuses.</summary>
    public static byte* TryReserve(nint bytes)
    {
        long address = Memory.Map(bytes);
        return address > 0 ? (byte*)address : null;
    }
}
