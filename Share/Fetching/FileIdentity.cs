using System;

using Epollsrv.Protocol.Http;

namespace Epollsrv.Share;

/// <summary>What makes two files the same to peers: the size, and the SHA-256
/// of the list of its pieces' SHA-256. Immutable; any thread.</summary>
internal sealed class FileIdentity
{
    /// <summary>Bytes of a piece; the last one of a file may be shorter.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Bytes of a SHA-256.</summary>
    public const int HashBytes = 32;

    /// <summary>Largest file, bytes: its list of hashes takes 128 MB of memory, outside the managed heap and only as it arrives.</summary>
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
    /// <param name="tag">With its quotes.</param>
    /// <param name="isTooLarge">Whether it is one of a file above <see cref="LargestFile"/>.</param>
    /// <returns>Null for one that is weak, malformed, or of such a file.</returns>
    public static FileIdentity? FromTag(ReadOnlySpan<byte> tag, out bool isTooLarge)
    {
        isTooLarge = false;
        if (tag.Length < HexHash + 4 || tag[0] != '"' || tag[^1] != '"' || tag[HexHash + 1] != '-')
        {
            return null;
        }

        byte[] list = new byte[HashBytes];
        ReadOnlySpan<byte> digits = tag[(HexHash + 2)..^1];
        if (!TryReadHex(tag[1..(HexHash + 1)], list))
        {
            return null;
        }

        long size = 0;
        foreach (byte digit in digits)
        {
            int value = HttpText.Hex(digit);
            if (value < 0)
            {
                isTooLarge = false;
                return null;
            }

            size = Math.Min((size << 4) | (uint)value, LargestFile + 1);
            isTooLarge = size > LargestFile;
        }

        return isTooLarge ? null : new FileIdentity(size, list, tag.ToArray());
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
