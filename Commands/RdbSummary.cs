using System;

using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>What <c>epollsrv check</c> says of an RDB file.</summary>
internal static unsafe class RdbSummary
{
    /// <summary>Whether a file begins as an RDB file does.</summary>
    public static bool Begins(string path)
    {
        int file = Files.Open(path, Files.ReadOnly | Files.NonBlocking);
        if (file < 0)
        {
            return false;
        }

        byte* start = stackalloc byte[6];
        nint length = Files.ReadAt(file, start, 6, 0);
        Descriptor.Close(file);
        ReadOnlySpan<byte> bytes = new(start, (int)Math.Max(0, length));
        return bytes.StartsWith("REDIS"u8) || bytes.StartsWith("VALKEY"u8);
    }

    /// <summary>The file in a few words.</summary>
    public static string Describe(long length) => "RDB, " + ValueText.FormatInteger(length) + " bytes";
}
