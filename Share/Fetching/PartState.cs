using System;
using System.Buffers.Binary;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>
/// The file NAME.part.state: 16 bytes "epollsrv part 1\n", the size (8 bytes, little-endian), SHA-256 of the list (32), zeros to 64; the
/// list (32 bytes a piece); the bitmap (bit 7 of the first byte is piece 0). A bit is written after its piece; none is believed before the
/// piece was read and hashed again, so that neither needs to be flushed while the download runs. One thread.
/// </summary>
internal sealed unsafe class PartState
{
    private const int HeaderBytes = 64;

    private readonly int _descriptor;

    /// <summary>The state in an open file, which it closes.</summary>
    public PartState(int descriptor) => _descriptor = descriptor;

    private static ReadOnlySpan<byte> Magic => "epollsrv part 1\n"u8;

    /// <summary>Whether nothing was ever written.</summary>
    public bool IsEmpty => Files.Status(_descriptor, out FileStatus status) == 0 && status.Size == 0;

    /// <summary>Reads the state of a download.</summary>
    /// <param name="map">Its list is filled and checked.</param>
    /// <param name="bits">Receives the bitmap.</param>
    /// <returns>False: it is of other content, or damaged, or empty.</returns>
    public bool TryRead(PieceMap map, Span<byte> bits)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        Span<byte> expected = stackalloc byte[HeaderBytes];
        Span<byte> hash = stackalloc byte[FileIdentity.HashBytes];
        WriteHeader(expected, map.Identity);
        if (!Read(header, 0) || !header.SequenceEqual(expected)
            || !Read(map.Hashes, HeaderBytes) || !Read(bits, HeaderBytes + map.Hashes.Length))
        {
            return false;
        }

        Sha256.Hash(map.Hashes, hash);
        return hash.SequenceEqual(map.Identity.List);
    }

    /// <summary>Writes the state of a download that begins.</summary>
    /// <returns>0 or −errno.</returns>
    public int Begin(PieceMap map)
    {
        int result = Files.SetLength(_descriptor, 0);
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header, map.Identity);
        result = result < 0 ? result : Write(map.Hashes, HeaderBytes);
        result = result < 0 ? result : Write(map.Bits, HeaderBytes + map.Hashes.Length);

        // Last: without it the file is no state.
        return result < 0 ? result : Write(header, 0);
    }

    /// <summary>Writes one byte of the bitmap.</summary>
    /// <returns>0 or −errno.</returns>
    public int Mark(PieceMap map, int index) => Write(map.Bits.Slice(index, 1), HeaderBytes + map.Hashes.Length + index);

    /// <summary>Closes the file.</summary>
    public void Close() => Descriptor.Close(_descriptor);

    private static void WriteHeader(Span<byte> header, FileIdentity identity)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], identity.Size);
        identity.List.CopyTo(header[24..]);
    }

    private bool Read(Span<byte> target, long offset)
    {
        fixed (byte* start = target)
        {
            return Files.ReadWhole(_descriptor, start, target.Length, offset) == 0;
        }
    }

    private int Write(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            return Files.WriteAt(_descriptor, start, bytes.Length, offset);
        }
    }
}
