using System;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>
/// Anonymous private memory straight from the kernel, for the store. Every address is page-aligned, every fresh page
/// reads as zeros, and nothing is resident before it is touched. Any thread may call.
/// </summary>
internal static unsafe partial class Memory
{
    private const int ProtectionReadWrite = 1 | 2;
    private const int MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    private const int AdviseDontNeed = 4;
    private const int AdviseNoHugePage = 15;
    private const int RemapMayMove = 1;

    /// <summary>Bytes in a page of this kernel: 4096, on some arm64 kernels 16384 or 65536.</summary>
    /// <remarks>Not Environment.SystemPageSize, which makes the program 80 KB larger: its error path formats an enum by name.</remarks>
    internal static readonly int PageSize = Math.Max(4096, PageSizeNative());

    /// <summary>
    /// Reserves <paramref name="bytes"/> of readable and writable address space. Huge pages are declined, because one
    /// touched byte would then make 2 MB resident and memory limits would mean nothing.
    /// </summary>
    /// <returns>The address, or −errno (−ENOMEM when the address space or the overcommit limit does not allow it).</returns>
    internal static long Map(long bytes)
    {
        long address = (long)MapNative(null, (nuint)bytes, ProtectionReadWrite, MapPrivateAnonymousNoReserve, -1, 0);
        if (address == -1)
        {
            return -Marshal.GetLastPInvokeError();
        }

        // Fails with EINVAL on a kernel without huge pages, which is as good.
        _ = AdviseNative((void*)address, (nuint)bytes, AdviseNoHugePage);
        return address;
    }

    /// <summary>Gives an address range back.</summary>
    /// <returns>0 or −errno.</returns>
    internal static int Unmap(void* address, long bytes) =>
        UnmapNative(address, (nuint)bytes) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    /// <summary>Makes whole pages not resident; they read as zeros afterwards and stay usable.</summary>
    /// <returns>0 or −errno.</returns>
    internal static int Discard(void* address, long bytes) =>
        AdviseNative(address, (nuint)bytes, AdviseDontNeed) == 0 ? 0 : -Marshal.GetLastPInvokeError();

#if CHECK_OWNERSHIP
    /// <summary>Makes whole pages fault when they are touched.</summary>
    /// <returns>0 or −errno.</returns>
    internal static int Forbid(void* address, long bytes) =>
        ProtectNative(address, (nuint)bytes, 0) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int ProtectNative(void* address, nuint length, int protection);
#endif

    /// <summary>Changes the size of a mapping and moves it if it must: page tables move, bytes are not copied.</summary>
    /// <returns>The new address, or −errno with the old mapping unchanged.</returns>
    internal static long Remap(void* address, long oldBytes, long newBytes)
    {
        long moved = (long)RemapNative(address, (nuint)oldBytes, (nuint)newBytes, RemapMayMove);
        return moved == -1 ? -Marshal.GetLastPInvokeError() : moved;
    }

    /// <summary>A block of the C library's, which <see cref="NativeMemory.Free"/> frees; null
    /// when there is no memory, where <see cref="NativeMemory.Alloc(nuint)"/> throws.</summary>
    internal static void* TryAllocate(nuint bytes) => TryReallocate(null, bytes);

    /// <summary>The same, filled with zeros, of which fresh pages cost nothing.</summary>
    internal static void* TryAllocateZeroed(nuint bytes) => AllocateZeroedNative(1, bytes);

    /// <summary>Changes the size of such a block; null with the block as it was when there is no memory.</summary>
    [LibraryImport("libc", EntryPoint = "realloc")]
    internal static partial void* TryReallocate(void* block, nuint bytes);

    [LibraryImport("libc", EntryPoint = "calloc")]
    private static partial void* AllocateZeroedNative(nuint count, nuint bytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MapNative(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int UnmapNative(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int AdviseNative(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "getpagesize")]
    private static partial int PageSizeNative();

    [LibraryImport("libc", EntryPoint = "mremap", SetLastError = true)]
    private static partial void* RemapNative(void* oldAddress, nuint oldLength, nuint newLength, int flags);
}
