using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Epollsrv.Store;

/// <summary>
/// One cache line of the index: nine tag bytes, a control byte, nine 48-bit record addresses. A full bucket gives its
/// ninth slot to the address of an overflow bucket. Used slots are always the first ones, and an overflow bucket holds
/// at least two entries. All zeros is an empty bucket.
/// </summary>
internal unsafe struct Bucket
{
    /// <summary>Bytes in a bucket.</summary>
    internal const int Size = 64;

    /// <summary>Entries in a bucket without overflow.</summary>
    internal const int Slots = 9;

    private const int ControlOffset = 9;
    private const int AddressOffset = 10;
    private const int AddressSize = 6;
    private const int CountMask = 15;
    private const int SnapshotParityBit = 0x10;
    private const int MayExpireBit = 0x40;
    private const int OverflowBit = 0x80;

#pragma warning disable CS0169, IDE0051 // The bytes are read and written through the bucket's address.
    private fixed byte _line[Size];
#pragma warning restore CS0169, IDE0051

    /// <summary>Entries in this bucket, not counting its overflow.</summary>
    internal int Count
    {
        get => Control & CountMask;
        set => Control = (byte)((Control & ~CountMask) | value);
    }

    /// <summary>Whether the ninth slot holds the address of an overflow bucket.</summary>
    internal bool HasOverflow => (Control & OverflowBit) != 0;

    /// <summary>
    /// Only on the first bucket of a chain: whether some entry of the chain may have an expiry time. Never false while
    /// one has, so that the search for expiring keys reads nothing but buckets.
    /// </summary>
    internal bool MayExpire
    {
        get => (Control & MayExpireBit) != 0;
        set => Control = (byte)(value ? Control | MayExpireBit : Control & ~MayExpireBit);
    }

    /// <summary>
    /// Only on the first bucket of a chain: the parity of the last snapshot that has saved it. A chain
    /// of another than the present parity is not saved yet (see <see cref="SnapshotState"/>).
    /// </summary>
    internal bool SnapshotParity
    {
        get => (Control & SnapshotParityBit) != 0;
        set => Control = (byte)(value ? Control | SnapshotParityBit : Control & ~SnapshotParityBit);
    }

    /// <summary>The overflow bucket, when there is one.</summary>
    internal Bucket* Overflow
    {
        get => (Bucket*)Address(Slots - 1);
        set
        {
            if (value == null)
            {
                Control = (byte)(Control & ~OverflowBit);
                return;
            }

            Control = (byte)(Control | OverflowBit);
            SetAddress(Slots - 1, (Entry*)value);
        }
    }

    private byte Control
    {
        get => Self[ControlOffset];
        set => Self[ControlOffset] = value;
    }

    private byte* Self => (byte*)Unsafe.AsPointer(ref this);

    /// <summary>The tag byte of a hash: bits that choose neither partition nor bucket.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte TagOf(ulong hash) => (byte)(hash >> 50);

    /// <summary>The slots whose tag is <paramref name="tag"/>, as bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint Match(Vector128<byte> tag) =>
        Vector128.Equals(Vector128.LoadUnsafe(ref Unsafe.As<Bucket, byte>(ref this)), tag).ExtractMostSignificantBits()
            & ((1u << Count) - 1);

    /// <summary>The record address in a slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Entry* Address(int slot) =>
        (Entry*)(Unsafe.ReadUnaligned<ulong>(Self + AddressOffset - 2 + (slot * AddressSize)) >> 16);

    /// <summary>Replaces the record address in a slot.</summary>
    internal void SetAddress(int slot, Entry* entry)
    {
        byte* target = Self + AddressOffset + (slot * AddressSize);
        Unsafe.WriteUnaligned(target, (uint)(ulong)entry);
        Unsafe.WriteUnaligned(target + 4, (ushort)((ulong)entry >> 32));
    }

    /// <summary>The tag in a slot.</summary>
    internal byte Tag(int slot) => Self[slot];

    /// <summary>Fills a slot.</summary>
    internal void Set(int slot, byte tag, Entry* entry)
    {
        Self[slot] = tag;
        SetAddress(slot, entry);
    }

    /// <summary>Forgets all entries, the overflow bucket, the hint and the parity.</summary>
    internal void Clear() => Control = 0;

    /// <summary>The slot that holds this very record, or −1.</summary>
    internal int SlotOf(Entry* entry, byte tag)
    {
        for (uint matches = Match(Vector128.Create(tag)); matches != 0; matches &= matches - 1)
        {
            int slot = BitOperations.TrailingZeroCount(matches);
            if (Address(slot) == entry)
            {
                return slot;
            }
        }

        return -1;
    }
}
