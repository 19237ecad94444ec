using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Store;

/// <summary>
/// A record in the store's memory: 8 bytes of header, then <see cref="ItemFields"/> (16 bytes, when there are any), the length of a very
/// long key (32 bytes, rare), the expiry time (8 bytes, when there is one), the key, and the value or the address of its
/// <see cref="LargeValue"/>.
/// Only ever used through a pointer, under the partition's lock, and only until the next write to that partition:
/// any write may move any record.
/// </summary>
public unsafe struct Entry
{
    internal const int HeaderSize = 8;
    internal const int LongestNarrowKey = ushort.MaxValue;
    private const int ClockShift = 8;
    private const ulong ClockMask = 0xFFFFFFUL << ClockShift;
    private const int KeyLengthShift = 32;
    private const int ValueLengthShift = 48;

    // Bits 0-7 flags, 8-31 access clock, 32-47 key length, 48-63 length of an inline value.
    private ulong _header;

    /// <summary>What kind of entry this is.</summary>
    public readonly EntryFlags Flags => (EntryFlags)(byte)_header;

    /// <summary>Whether the key expires.</summary>
    public readonly bool HasExpiry => (Flags & EntryFlags.HasExpiry) != 0;

    /// <summary>Whether the entry has <see cref="ItemFields"/>.</summary>
    public readonly bool HasItem => (Flags & EntryFlags.HasItem) != 0;

    /// <summary>Whether somebody has read the value since it was put, or since <see cref="ForgetReads"/>.</summary>
    public readonly bool IsRead => (Flags & EntryFlags.Read) != 0;

    /// <summary>What memcached's clients have beside the value; none: all of it is zero.</summary>
    public ItemFields Item
    {
        readonly get => HasItem ? Unsafe.ReadUnaligned<ItemFields>(SelfReadOnly + HeaderSize) : default;
        internal set => Unsafe.WriteUnaligned(Self + HeaderSize, value);
    }

    /// <summary>Whether the value is a <see cref="LargeValue"/>, which a reader may pin instead of copying.</summary>
    public readonly bool IsLarge => (Flags & EntryFlags.Large) != 0;

    /// <summary>Bytes in the key.</summary>
    public readonly int KeyLength =>
        (Flags & EntryFlags.WideKey) != 0 ? WideKeyLength : (ushort)(_header >> KeyLengthShift);

    /// <summary>The key's first byte.</summary>
    public byte* KeyPointer => Self + KeyOffset;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => new(KeyPointer, KeyLength);

    /// <summary>Bytes in the value, inline or large.</summary>
    public long ValueLength => IsLarge ? LargeBlock->Length : InlineLength;

    /// <summary>The value's first byte, inline or large. Written to only through <see cref="ValueEditor"/>.</summary>
    public byte* ValuePointer => IsLarge ? LargeBlock->Data : InlinePointer;

    /// <summary>The first byte of an inline value. Only when not <see cref="IsLarge"/>.</summary>
    public byte* InlinePointer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Self + KeyOffset + KeyLength;
    }

    /// <summary>Bytes in an inline value. Only when not <see cref="IsLarge"/>.</summary>
    public readonly int InlineLength => (int)(_header >> ValueLengthShift);

    /// <summary>The value (at most 2 GB, which --max-value ensures).</summary>
    public ReadOnlySpan<byte> Value => new(ValuePointer, (int)ValueLength);

    /// <summary>When the key expires, Unix milliseconds; 0: never.</summary>
    public long Expiry
    {
        get => HasExpiry ? Unsafe.ReadUnaligned<long>(Self + KeyOffset - 8) : 0;
        internal set => Unsafe.WriteUnaligned(Self + KeyOffset - 8, value);
    }

    /// <summary>Bytes an entry takes: record, its share of the index, large block.</summary>
    public long MemoryBytes
    {
        get
        {
            const int indexShare = 11;
            long size = RecordSize;
            int sizeClass = SizeClasses.Of(size);
            long record = sizeClass == SizeClasses.None ? LargeHeap.CostOf(size) : SizeClasses.SizeOf(sizeClass);
            return record + indexShare + (IsLarge ? LargeBlock->BlockBytes : 0);
        }
    }

    /// <summary>The value's block. Only when <see cref="IsLarge"/>.</summary>
    internal LargeValue* LargeBlock
    {
        get => (LargeValue*)Unsafe.ReadUnaligned<nint>(Self + KeyOffset + KeyLength);
        set => Unsafe.WriteUnaligned(Self + KeyOffset + KeyLength, (nint)value);
    }

    /// <summary>The 24-bit access clock: see <see cref="AccessClock"/>.</summary>
    internal uint Clock
    {
        readonly get => (uint)((_header & ClockMask) >> ClockShift);
        set => _header = WithClock(value);
    }

    /// <summary>Bytes of the record itself.</summary>
    internal long RecordSize => KeyOffset + KeyLength + (IsLarge ? sizeof(LargeValue*) : InlineLength);

    private readonly int KeyOffset => OffsetFor((EntryFlags)(byte)_header);

    private readonly int WideKeyLength => Unsafe.ReadUnaligned<int>(SelfReadOnly + HeaderSize + (int)(Flags & EntryFlags.HasItem));

    private byte* Self => (byte*)Unsafe.AsPointer(ref this);

    private readonly byte* SelfReadOnly => (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in this));

    /// <summary>
    /// Whether a value of this length under such a key is kept in a block of its own: whether filling one
    /// outside the lock pays. It does not depend on whether the key expires or is an item.
    /// </summary>
    public static bool IsLargeValue(int keyLength, long valueLength) =>
        valueLength > sizeof(LargeValue*)
            && SizeFor(FlagsFor(EntryFlags.HasItem, keyLength, expires: true), keyLength, valueLength) > SizeClasses.LargestRecord;

    /// <summary>
    /// Takes a reference to the large value, so that it can be read after the partition is unlocked.
    /// Give it back with <see cref="LargeValue.Release"/>. Only when <see cref="IsLarge"/>.
    /// </summary>
    public LargeValue* PinValue()
    {
        LargeValue* value = LargeBlock;
        LargeValue.Pin(value);
        return value;
    }

    /// <summary>Milliseconds since the entry was last used, to 128 ms; wraps after 24.8 days. Not under an LFU policy.</summary>
    public long IdleMilliseconds(long now) => AccessClock.IdleMilliseconds(Clock, now);

    /// <summary>The logarithmic use counter, 0 to 255, as Redis's OBJECT FREQ. Only under an LFU policy.</summary>
    public int Frequency(long now) => AccessClock.Frequency(Clock, now);

    /// <summary>Makes the entry look as if last used so long ago (RESTORE … IDLETIME).</summary>
    public void SetIdle(long idleMilliseconds, long now) => Clock = AccessClock.WithIdle(idleMilliseconds, now);

    /// <summary>Gives the entry a use counter of 0 to 255 (RESTORE … FREQ).</summary>
    public void SetFrequency(int frequency, long now) => Clock = AccessClock.WithFrequency(frequency, now);

    /// <summary>Replaces the bits that belong to callers: that is no change of the key.</summary>
    public void SetCallerBits(EntryFlags flags) =>
        _header = (_header & ~(ulong)EntryFlags.CallerBits) | (ulong)(flags & EntryFlags.CallerBits);

    /// <summary>From now on nobody has read the value: for memcached's clients it is another one. That is no change of the key.</summary>
    public void ForgetReads() => _header &= ~(ulong)EntryFlags.Read;

    /// <summary>Flags with the bits that follow from the key and the expiry time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static EntryFlags FlagsFor(EntryFlags flags, int keyLength, bool expires) =>
        (flags & (EntryFlags.CallerBits | EntryFlags.Large | EntryFlags.HasItem | EntryFlags.Read))
            | (expires ? EntryFlags.HasExpiry : EntryFlags.None)
            | (keyLength > LongestNarrowKey ? EntryFlags.WideKey : EntryFlags.None);

    /// <summary>Bytes in front of the key, for an entry's whole flags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int OffsetFor(EntryFlags flags) => HeaderSize + (int)(flags & EntryFlags.Extensions);

    /// <summary>Bytes of a record with whole flags and these parts. A large value counts 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long SizeFor(EntryFlags flags, int keyLength, long inlineLength) => OffsetFor(flags) + keyLength + inlineLength;

    /// <summary>Whether this entry's key is the one given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool KeyEquals(byte* key, int keyLength) =>
        KeyLength == keyLength && new ReadOnlySpan<byte>(KeyPointer, keyLength).SequenceEqual(new ReadOnlySpan<byte>(key, keyLength));

    /// <summary>Whether the key's time has come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsExpired(long now) => HasExpiry && Expiry <= now;

    /// <summary>
    /// Writes header, long-key length and expiry; an item's fields, the key and the value follow by the caller.
    /// <paramref name="flags"/> are whole (<see cref="FlagsFor"/>).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Initialize(EntryFlags flags, uint clock, int keyLength, int inlineLength, long expiry)
    {
        int narrowKeyLength = keyLength;
        if ((flags & EntryFlags.WideKey) != 0)
        {
            narrowKeyLength = 0;
            Unsafe.WriteUnaligned(Self + HeaderSize + (int)(flags & EntryFlags.HasItem), (long)keyLength);
        }

        _header = (byte)flags | ((ulong)(clock & 0xFFFFFF) << ClockShift) | ((ulong)(uint)narrowKeyLength << KeyLengthShift)
            | ((ulong)(ushort)inlineLength << ValueLengthShift);
        if ((flags & EntryFlags.HasExpiry) != 0)
        {
            Expiry = expiry;
        }
    }

    /// <summary>Notes a use: the clock from now on, and <see cref="EntryFlags.Read"/> if it was a read. A header that needs no change is
    /// not written, so that its cache line stays shared between processors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void NoteUse(uint clock, EntryFlags read)
    {
        ulong header = WithClock(clock) | (ulong)read;
        if (header != _header)
        {
            _header = header;
        }
    }

    private readonly ulong WithClock(uint clock) => (_header & ~ClockMask) | ((ulong)(clock & 0xFFFFFF) << ClockShift);

    /// <summary>Says that the eight bytes of the inline value are a block's address.</summary>
    internal void MarkLarge() => _header |= (ulong)EntryFlags.Large;
}
