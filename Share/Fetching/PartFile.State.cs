using System;
using System.Buffers.Binary;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <content>
/// The state file: 16 bytes "epollsrv part 1\n", the size (8 bytes, little-endian), SHA-256 of the list (32), zeros to 64; the list (32 bytes a piece); the bitmap (bit 7 of
/// the first byte is piece 0). A bit is written after its piece; none is believed before the piece was read and hashed again, so that neither
/// needs to be flushed while the download runs.
/// </content>
internal sealed unsafe partial class PartFile
{
    private const int HeaderBytes = 64;

    private static ReadOnlySpan<byte> Magic => "epollsrv part 1\n"u8;

    /// <summary>Reads which pieces an earlier download of the same file left here: not verified yet.</summary>
    /// <param name="map">Its list is filled and checked.</param>
    /// <param name="bits">The bitmap.</param>
    /// <param name="isOther">Whether there is a state, but of other content, or damaged.</param>
    /// <returns>Whether it can be gone on with.</returns>
    public bool TryResume(PieceMap map, out byte[] bits, out bool isOther)
    {
        bits = new byte[map.Bits.Length];
        Span<byte> header = stackalloc byte[HeaderBytes];
        Span<byte> expected = stackalloc byte[HeaderBytes];
        WriteHeader(expected, map.Identity);
        Span<byte> hash = stackalloc byte[FileIdentity.HashBytes];
        bool good = Read(header, 0) && header.SequenceEqual(expected) && Read(map.Hashes, HeaderBytes) && Read(bits, HeaderBytes + map.Hashes.Length);
        if (good)
        {
            Sha256.Hash(map.Hashes, hash);
            good = hash.SequenceEqual(map.Identity.List);
        }

        // The pieces that are there are read again. What is behind them is not, and may be anything.
        _size = map.Identity.Size;
        good = good && Files.SetLength(FileDescriptor, _size) >= 0;
        isOther = !good && Files.Status(_state, out FileStatus status) == 0 && status.Size > 0;
        return good;
    }

    /// <summary>Begins anew: an empty file as long as the whole, and a state with no piece. The map's list is verified.</summary>
    /// <returns>0 or −errno.</returns>
    public int Begin(PieceMap map)
    {
        _size = map.Identity.Size;
        int result = Files.SetLength(FileDescriptor, 0);
        result = result < 0 ? result : Files.SetLength(FileDescriptor, _size);
        result = result < 0 ? result : Files.SetLength(_state, 0);
        Span<byte> header = stackalloc byte[HeaderBytes];
        WriteHeader(header, map.Identity);
        result = result < 0 ? result : Write(map.Hashes, HeaderBytes);
        result = result < 0 ? result : Write(map.Bits, HeaderBytes + map.Hashes.Length);

        // Last: without it the file is no state.
        return result < 0 ? result : Write(header, 0);
    }

    /// <summary>Writes down that pieces are in the file.</summary>
    /// <param name="map">The map.</param>
    /// <param name="index">The byte of the bitmap that has changed.</param>
    /// <returns>0 or −errno.</returns>
    public int Mark(PieceMap map, int index) => Write(map.Bits.Slice(index, 1), HeaderBytes + map.Hashes.Length + index);

    /// <summary>Reads a piece that is in the file.</summary>
    /// <returns>Whether all of it could be read.</returns>
    public bool Read(int piece, byte* data, int length) => ReadAll(FileDescriptor, data, length, (long)piece * FileIdentity.PieceBytes);

    private static void WriteHeader(Span<byte> header, FileIdentity identity)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[16..], identity.Size);
        identity.List.CopyTo(header[24..]);
    }

    private static bool ReadAll(int file, byte* data, long length, long offset)
    {
        while (length > 0)
        {
            nint count = Files.ReadAt(file, data, (nint)length, offset);
            if (count <= 0)
            {
                return false;
            }

            data += count;
            length -= count;
            offset += count;
        }

        return true;
    }

    private bool Read(Span<byte> target, long offset)
    {
        fixed (byte* start = target)
        {
            return ReadAll(_state, start, target.Length, offset);
        }
    }

    private int Write(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            return Files.WriteAt(_state, start, bytes.Length, offset);
        }
    }
}
