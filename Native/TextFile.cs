using System;

namespace Epollsrv.Native;

/// <summary>Small files that people and the kernel write. Any thread.</summary>
internal static unsafe class TextFile
{
    // Bytes on the stack: most of these files are of a few lines, and what is allocated at the start stays in an idle node's memory.
    private const int FirstRoom = 4096;

    /// <summary>All of a file as text (<see cref="ByteText"/>), or null with −errno in <paramref name="error"/>. Waits for who writes to a
    /// pipe.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">Most bytes read; a longer file gives −EINVAL.</param>
    /// <param name="error">0 or −errno.</param>
    public static string? Read(string path, int limit, out int error) => Read(Files.Open(path, Files.ReadOnly), limit, out error);

    /// <summary>The same of a file that must be a regular one (<see cref="RegularFile.Open"/>). Never waits.</summary>
    public static string? ReadRegular(string path, int limit, out int error)
        => Read(RegularFile.Open(path, out _), limit, out error);

    private static string? Read(int descriptor, int limit, out int error)
    {
        if (descriptor < 0)
        {
            error = descriptor;
            return null;
        }

        byte* first = stackalloc byte[FirstRoom];
        Span<byte> bytes = new(first, Math.Min(limit + 1, FirstRoom));
        int used = 0;
        nint count = 1;
        while (used <= limit && count > 0)
        {
            if (used == bytes.Length)
            {
                byte[] longer = new byte[(int)Math.Min(limit + 1L, 2L * used)];
                bytes.CopyTo(longer);
                bytes = longer;
            }

            fixed (byte* start = bytes)
            {
                count = Descriptor.Read(descriptor, start + used, bytes.Length - used);
            }

            used += Math.Max((int)count, 0);
        }

        Descriptor.Close(descriptor);
        error = count < 0 ? (int)count : used > limit ? -Errno.Invalid : 0;
        return error < 0 ? null : ByteText.Decode(bytes[..used]);
    }
}
