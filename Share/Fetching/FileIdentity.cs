using System;
using System.Buffers.Text;

using Epollsrv.Protocol.Http;

namespace Epollsrv.Share;

/// <summary>What makes two files the same to peers: the size, and the SHA-256 of the list of its pieces' SHA-256. Immutable; any thread.</summary>
internal sealed class FileIdentity
{
    /// <summary>Bytes of a piece; the last one of a file may be shorter.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Bytes of a SHA-256.</summary>
    public const int HashBytes = 32;

    /// <summary>Largest file, bytes: its list of hashes takes 128 MB of memory.</summary>
    public const long LargestFile = 1L << 42;

    private const int HexHash = 2 * HashBytes;

    private FileIdentity(long size, byte[] list, byte[] tag)
    {
        Size = size;
        List = list;
        Tag = tag;
    }

    /// <summary>Bytes of the file.</summary>
    public long Size { get; }

    /// <summary>SHA-256 of the list of the pieces' SHA-256.</summary>
    public byte[] List { get; }

    /// <summary>The strong entity tag that stands for it: "HASH-SIZE" in hex, with the quotes.</summary>
    public byte[] Tag { get; }

    /// <summary>How many pieces; 0 of an empty file.</summary>
    public int Pieces => (int)((Size + PieceBytes - 1) / PieceBytes);

    /// <summary>Reads an entity tag.</summary>
    /// <returns>Null for one that is weak, malformed, or of a file above <see cref="LargestFile"/>.</returns>
    public static FileIdentity? FromTag(ReadOnlySpan<byte> tag)
    {
        if (tag.Length < HexHash + 4 || tag[0] != '"' || tag[^1] != '"' || tag[HexHash + 1] != '-')
        {
            return null;
        }

        byte[] list = new byte[HashBytes];
        ReadOnlySpan<byte> digits = tag[(HexHash + 2)..^1];
        return TryReadHex(tag[1..(HexHash + 1)], list) && digits.Length <= 11 && Utf8Parser.TryParse(digits, out long size, out int used, 'x')
            && used == digits.Length && size is >= 0 and <= LargestFile ? new FileIdentity(size, list, tag.ToArray()) : null;
    }

    /// <summary>Bytes as lower-case hexadecimal digits.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        Span<char> digits = stackalloc char[HexHash];
        for (int i = 0; i < bytes.Length; i++)
        {
            digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
            digits[(2 * i) + 1] = "0123456789abcdef"[bytes[i] & 15];
        }

        return new string(digits[..(2 * bytes.Length)]);
    }

    /// <summary>Reads hexadecimal digits, two for each byte of the target.</summary>
    public static bool TryReadHex(ReadOnlySpan<byte> text, Span<byte> target)
    {
        if (text.Length != 2 * target.Length)
        {
            return false;
        }

        for (int i = 0; i < target.Length; i++)
        {
            int value = (HttpText.Hex(text[2 * i]) << 4) | HttpText.Hex(text[(2 * i) + 1]);
            if (value < 0)
            {
                return false;
            }

            target[i] = (byte)value;
        }

        return true;
    }

    /// <summary>Bytes of a piece.</summary>
    public int LengthOf(int piece) => (int)Math.Min(PieceBytes, Size - ((long)piece * PieceBytes));

    /// <summary>Whether both are the same content.</summary>
    public bool Same(FileIdentity? other) => other is not null && Size == other.Size && List.AsSpan().SequenceEqual(other.List);
}
