using System;
using System.Numerics;
using System.Threading;

namespace Epollsrv.Share;

/// <summary>
/// The pieces of one file: their hashes, which are here, and which are asked for. Changed by the download's thread alone; <see cref="Has"/>,
/// <see cref="Prefix"/> and the hashes are for any thread.
/// </summary>
internal sealed class PieceMap
{
    private readonly byte[] _bits;
    private readonly byte[] _asked;
    private int _prefix;

    /// <summary>Makes the map of a file of which nothing is here.</summary>
    public PieceMap(FileIdentity identity)
    {
        Identity = identity;
        Count = identity.Pieces;
        Hashes = GC.AllocateUninitializedArray<byte>(Count * FileIdentity.HashBytes, pinned: true);
        _bits = new byte[(Count + 7) / 8];
        _asked = new byte[Count];
    }

    /// <summary>What file it is.</summary>
    public FileIdentity Identity { get; }

    /// <summary>How many pieces there are.</summary>
    public int Count { get; }

    /// <summary>The list: 32 bytes a piece. Filled and verified before the map is shown to other threads. Never moved.</summary>
    public byte[] Hashes { get; }

    /// <summary>How many pieces are here.</summary>
    public int Done { get; private set; }

    /// <summary>Bytes that are here.</summary>
    public long DoneBytes { get; private set; }

    /// <summary>Whether all are here.</summary>
    public bool IsWhole => Done == Count;

    /// <summary>How many pieces from the first on are here without a gap.</summary>
    public int Prefix => Volatile.Read(ref _prefix); // pairs with the write in Set

    /// <summary>The bitmap: bit 7 of the first byte is piece 0.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>The hash of a piece.</summary>
    public ReadOnlySpan<byte> HashOf(int piece) => Hashes.AsSpan(piece * FileIdentity.HashBytes, FileIdentity.HashBytes);

    /// <summary>Whether a piece is here, verified and written.</summary>
    public bool Has(int piece) => (Volatile.Read(ref _bits[piece >> 3]) & (0x80 >> (piece & 7))) != 0; // pairs with the write in Set

    /// <summary>How many peers are asked for a piece.</summary>
    public int AskedFor(int piece) => _asked[piece];

    /// <summary>A peer was asked for it.</summary>
    public void Ask(int piece) => _asked[piece]++;

    /// <summary>A peer that was asked has answered, or never will.</summary>
    public void Answered(int piece) => _asked[piece]--;

    /// <summary>Whether a piece is neither here nor asked for.</summary>
    public bool IsWanted(int piece) => _asked[piece] == 0 && !Has(piece);

    /// <summary>The piece is here: verified, and written where others may read it.</summary>
    /// <returns>The byte of the bitmap that changed.</returns>
    public int Set(int piece)
    {
        int index = piece >> 3;
        byte bit = (byte)(0x80 >> (piece & 7));
        if ((_bits[index] & bit) == 0)
        {
            Volatile.Write(ref _bits[index], (byte)(_bits[index] | bit)); // pairs with the read in Has: the piece is in the file by then
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
        while (index < _bits.Length && _bits[index] == byte.MaxValue)
        {
            index++;
        }

        return index;
    }

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
