using System;
using System.Numerics;
using System.Threading;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>
/// The pieces of one file: their hashes, which are here, and which are
/// asked for. Changed by the download's thread alone; <see cref="Has"/>,
/// <see cref="Prefix"/> and the hashes are for any thread. In memory of its own, of which
/// nothing is resident before it is written to: how large the file is, is what a peer says.
/// </summary>
internal sealed unsafe class PieceMap : IDisposable
{
    // The list, the bitmap, and how many peers are asked for each piece, one after the other.
    private readonly long _bytes;
    private byte* _memory;
    private int _prefix;

    /// <summary>Makes the map of a file of which nothing is here.</summary>
    public PieceMap(FileIdentity identity)
    {
        Identity = identity;
        Count = identity.Pieces;
        _bytes = Math.Max(1, ListBytes + BitBytes + Count);
        long address = Memory.Map(_bytes);
        _memory = address < 0 ? null : (byte*)address;
    }

    /// <summary>Whether there was memory for it. Without it nothing but the counts may be asked for.</summary>
    public bool HasMemory => _memory != null;

    /// <summary>What file it is.</summary>
    public FileIdentity Identity { get; }

    /// <summary>How many pieces there are.</summary>
    public int Count { get; }

    /// <summary>The list: 32 bytes a piece. Filled and verified before the map is shown to other threads. Never moved.</summary>
    public Span<byte> Hashes => new(_memory, ListBytes);

    /// <summary>The memory of <see cref="Hashes"/>.</summary>
    public byte* List => _memory;

    /// <summary>How many pieces are here.</summary>
    public int Done { get; private set; }

    /// <summary>Bytes that are here.</summary>
    public long DoneBytes { get; private set; }

    /// <summary>Whether all are here.</summary>
    public bool IsWhole => Done == Count;

    /// <summary>How many pieces from the first on are here without a gap.</summary>
    public int Prefix => Volatile.Read(ref _prefix); // pairs with the write in Set

    /// <summary>The bitmap: bit 7 of the first byte is piece 0.</summary>
    public ReadOnlySpan<byte> Bits => new(BitsStart, BitBytes);

    /// <summary>The hash of a piece.</summary>
    public ReadOnlySpan<byte> HashOf(int piece) => Hashes.Slice(piece * FileIdentity.HashBytes, FileIdentity.HashBytes);

    /// <summary>Whether a piece is here, verified and written.</summary>
    public bool Has(int piece) => (Volatile.Read(ref BitsStart[piece >> 3]) & (0x80 >> (piece & 7))) != 0; // pairs with the write in Set

    /// <summary>How many peers are asked for a piece.</summary>
    public int AskedFor(int piece) => Asked[piece];

    /// <summary>A peer was asked for it.</summary>
    public void Ask(int piece) => Asked[piece]++;

    /// <summary>A peer that was asked has answered, or never will.</summary>
    public void Answered(int piece) => Asked[piece]--;

    /// <summary>Whether a piece is neither here nor asked for.</summary>
    public bool IsWanted(int piece) => Asked[piece] == 0 && !Has(piece);

    /// <summary>The piece is here: verified, and written where others may read it.</summary>
    /// <returns>The byte of the bitmap that changed.</returns>
    public int Set(int piece)
    {
        int index = piece >> 3;
        byte bit = (byte)(0x80 >> (piece & 7));
        if ((Bits[index] & bit) == 0)
        {
            Volatile.Write(ref BitsStart[index], (byte)(Bits[index] | bit)); // pairs with the read in Has: the piece is in the file by then
            Done++;
            DoneBytes += Identity.LengthOf(piece);
            int prefix = _prefix;
            while (prefix < Count && Has(prefix))
            {
                prefix++;
            }

            Volatile.Write(ref _prefix, prefix); // pairs with the read in Prefix
        }

        return index;
    }

    /// <summary>The first byte of the bitmap, from <paramref name="index"/> on, with a piece that is not here.</summary>
    public int SkipWhole(int index)
    {
        while (index < BitBytes && Bits[index] == byte.MaxValue)
        {
            index++;
        }

        return index;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_memory != null)
        {
            _ = Memory.Unmap(_memory, _bytes);
            _memory = null;
        }
    }

    private int ListBytes => Count * FileIdentity.HashBytes;

    private int BitBytes => (Count + 7) / 8;

    private byte* BitsStart => _memory + ListBytes;

    private byte* Asked => BitsStart + BitBytes;

    /// <summary>How many bits are set.</summary>
    public static int Population(ReadOnlySpan<byte> bits)
    {
        int count = 0;
        foreach (byte one in bits)
        {
            count += BitOperations.PopCount(one);
        }

        return count;
    }
}
