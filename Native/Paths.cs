using System;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>Paths of files. Any thread.</summary>
internal static unsafe partial class Paths
{
    private const int LongestPath = 4096;

    /// <summary>The directory that a path's file is in.</summary>
    public static string FolderOf(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash < 0 ? "." : slash == 0 ? "/" : path[..slash];
    }

    /// <summary>Whether a path is a directory or beneath it. Both are absolute and without links.</summary>
    public static bool IsIn(string path, string folder)
        => path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');

    /// <summary>The absolute path of a file, without links; the path itself when it cannot be told.</summary>
    public static string Resolve(string path)
    {
        int descriptor = Files.Open(path, Files.PathOnly);
        string target = descriptor < 0 ? string.Empty
            : Target("/proc/self/fd/" + descriptor.ToString(CultureInfo.InvariantCulture));
        Descriptor.Close(descriptor);
        return target.Length == 0 ? path : target;
    }

    /// <summary>Where a symbolic link leads; empty when it cannot be told.</summary>
    public static string Target(string link)
    {
        byte* path = stackalloc byte[LongestPath];
        nint length = readlink(link, path, LongestPath - 1);
        path[Math.Max(length, 0)] = 0;
        return ByteText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlink(string path, byte* buffer, nuint length);
}
