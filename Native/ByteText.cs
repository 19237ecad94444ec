using System;
using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Epollsrv.Native;

/// <summary>
/// Text that people and the kernel hand over as bytes (arguments, file names, passwords) as strings, without loss: bytes that are no
/// UTF-8 become the code units U+DC80 … U+DCFF, which no proper text has, and these become the same bytes again.
/// </summary>
internal static class ByteText
{
    private const int Escape = 0xDC00;

    /// <summary>Bytes to text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        char[] letters = new char[bytes.Length];
        int used = 0;
        while (true)
        {
            OperationStatus status =
                Utf8.ToUtf16(bytes, letters.AsSpan(used), out int read, out int written, replaceInvalidSequences: false);
            used += written;
            if (status != OperationStatus.InvalidData)
            {
                return new string(letters, 0, used);
            }

            letters[used++] = (char)(Escape | bytes[read]);
            bytes = bytes[(read + 1)..];
        }
    }

    /// <summary>Text to bytes: UTF-8, but for the bytes that <see cref="Decode"/> kept.</summary>
    public static byte[] Encode(string text) => Encode(text, 0);

    /// <summary>The same with a zero behind: a path for the kernel.</summary>
    public static byte[] EncodePath(string path) => Encode(path, 1);

    private static byte[] Encode(string text, int zeros)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + zeros];
        int used = 0;
        ReadOnlySpan<char> rest = text;
        while (true)
        {
            OperationStatus status =
                Utf8.FromUtf16(rest, bytes.AsSpan(used), out int read, out int written, replaceInvalidSequences: false);
            used += written;
            if (status != OperationStatus.InvalidData)
            {
                return bytes.AsSpan(0, used + zeros).ToArray();
            }

            bytes[used++] = rest[read] is >= (char)(Escape | 0x80) and <= (char)(Escape | 0xFF) ? (byte)rest[read] : (byte)'?';
            rest = rest[(read + 1)..];
        }
    }
}
