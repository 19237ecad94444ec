using System;

namespace Epollsrv.Protocol.Http;

/// <summary>Media types by a name's extension.</summary>
internal static class HttpMediaType
{
    /// <summary>The type of a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="inline">Whether a browser may show it in place: nothing that could run a script is.</param>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> name, out bool inline)
    {
        inline = true;
        int dot = name.LastIndexOf((byte)'.');
        Span<byte> extension = stackalloc byte[5];
        int length = dot < 0 ? 0 : name.Length - dot - 1;
        if (length is > 0 and <= 5)
        {
            for (int i = 0; i < length; i++)
            {
                extension[i] = HttpText.Lower(name[dot + 1 + i]);
            }

            extension = extension[..length];
            if (Is(extension, "txt"u8) || Is(extension, "log"u8) || Is(extension, "md"u8)
                || Is(extension, "csv"u8) || Is(extension, "conf"u8))
            {
                return "text/plain; charset=utf-8"u8;
            }

            ReadOnlySpan<byte> shown = Is(extension, "png"u8) ? "image/png"u8
                : Is(extension, "jpg"u8) || Is(extension, "jpeg"u8) ? "image/jpeg"u8
                : Is(extension, "gif"u8) ? "image/gif"u8
                : Is(extension, "webp"u8) ? "image/webp"u8
                : Is(extension, "mp4"u8) ? "video/mp4"u8
                : Is(extension, "webm"u8) ? "video/webm"u8
                : Is(extension, "mp3"u8) ? "audio/mpeg"u8
                : Is(extension, "ogg"u8) ? "audio/ogg"u8
                : Is(extension, "wav"u8) ? "audio/wav"u8
                : Is(extension, "json"u8) ? "application/json"u8
                : default;
            if (!shown.IsEmpty)
            {
                return shown;
            }

            inline = false;
            ReadOnlySpan<byte> saved = Is(extension, "html"u8) || Is(extension, "htm"u8) ? "text/html; charset=utf-8"u8
                : Is(extension, "xml"u8) ? "application/xml"u8
                : Is(extension, "svg"u8) ? "image/svg+xml"u8
                : Is(extension, "js"u8) || Is(extension, "mjs"u8) ? "text/javascript; charset=utf-8"u8
                : Is(extension, "css"u8) ? "text/css; charset=utf-8"u8
                : Is(extension, "pdf"u8) ? "application/pdf"u8
                : Is(extension, "wasm"u8) ? "application/wasm"u8
                : Is(extension, "zip"u8) ? "application/zip"u8
                : Is(extension, "gz"u8) || Is(extension, "tgz"u8) ? "application/gzip"u8
                : Is(extension, "xz"u8) ? "application/x-xz"u8
                : Is(extension, "zst"u8) ? "application/zstd"u8
                : Is(extension, "tar"u8) ? "application/x-tar"u8
                : default;
            if (!saved.IsEmpty)
            {
                return saved;
            }
        }

        inline = false;
        return "application/octet-stream"u8;
    }

    private static bool Is(ReadOnlySpan<byte> extension, ReadOnlySpan<byte> name) => extension.SequenceEqual(name);
}
