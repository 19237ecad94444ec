using System;

namespace Epollsrv.Protocol.Http;

/// <summary>Media types by a name's extension.</summary>
internal static class HttpMediaType
{
    private const int LongestExtension = 5;

    // Lines of an extension, a space and its type. What a browser may show in place comes first: nothing that could run a script.
    private static ReadOnlySpan<byte> Types
        => "\ntxt text/plain; charset=utf-8\nlog text/plain; charset=utf-8\nmd text/plain; charset=utf-8"u8
            + "\ncsv text/plain; charset=utf-8\nconf text/plain; charset=utf-8\njson application/json"u8
            + "\npng image/png\njpg image/jpeg\njpeg image/jpeg\ngif image/gif\nwebp image/webp"u8
            + "\nmp4 video/mp4\nwebm video/webm\nmp3 audio/mpeg\nogg audio/ogg\nwav audio/wav"u8
            + "\nhtml text/html; charset=utf-8\nhtm text/html; charset=utf-8\nxml application/xml\nsvg image/svg+xml"u8
            + "\njs text/javascript; charset=utf-8\nmjs text/javascript; charset=utf-8\ncss text/css; charset=utf-8"u8
            + "\npdf application/pdf\nwasm application/wasm\nzip application/zip\ngz application/gzip\ntgz application/gzip"u8
            + "\nxz application/x-xz\nzst application/zstd\ntar application/x-tar\n"u8;

    /// <summary>The type of a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="inline">Whether a browser may show it in place.</param>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> name, out bool inline)
    {
        int dot = name.LastIndexOf((byte)'.');
        ReadOnlySpan<byte> extension = dot < 0 ? default : name[(dot + 1)..];
        Span<byte> line = stackalloc byte[LongestExtension + 2];
        if (extension.Length is > 0 and <= LongestExtension)
        {
            line[0] = (byte)'\n';
            for (int i = 0; i < extension.Length; i++)
            {
                line[i + 1] = HttpText.Lower(extension[i]);
            }

            line[extension.Length + 1] = (byte)' ';
            line = line[..(extension.Length + 2)];
            int at = Types.IndexOf(line);
            if (at >= 0)
            {
                inline = at < Types.IndexOf("\nhtml "u8);
                ReadOnlySpan<byte> type = Types[(at + line.Length)..];
                return type[..type.IndexOf((byte)'\n')];
            }
        }

        inline = false;
        return "application/octet-stream"u8;
    }
}
