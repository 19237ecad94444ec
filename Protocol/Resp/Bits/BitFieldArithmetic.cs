namespace Epollsrv.Protocol.Resp;

/// <summary>Reading, writing and adding fields of 1 to 64 bits; overflow as in Redis's bitops.c.</summary>
internal static unsafe class BitFieldArithmetic
{
    /// <summary>The field's bits; those behind the end of the value are zero.</summary>
    public static ulong Read(byte* data, long length, long offset, int bits)
    {
        ulong value = 0;
        for (int i = 0; i < bits; i++, offset++)
        {
            long index = offset >> 3;
            uint bit = index < length ? (uint)(data[index] >> (7 - (int)(offset & 7))) & 1 : 0;
            value = (value << 1) | bit;
        }

        return value;
    }

    /// <summary>Writes the lower bits of a value into a field inside the data.</summary>
    public static void Write(byte* data, long offset, int bits, ulong value)
    {
        for (int i = bits - 1; i >= 0; i--, offset++)
        {
            int shift = 7 - (int)(offset & 7);
            byte* at = data + (offset >> 3);
            *at = (byte)((*at & ~(1 << shift)) | ((int)((value >> i) & 1) << shift));
        }
    }

    /// <summary>The field's value as a signed number.</summary>
    public static long SignExtend(ulong value, int bits) => (long)(value << (64 - bits)) >> (64 - bits);

    /// <summary>
    /// Adds within a signed field; false: it does not fit and the overflow says to fail. A number far below a field that is set saturates
    /// to its largest value, because that is where Redis's own subtraction overflows.
    /// </summary>
    public static bool TryAddSigned(long value, long increment, int bits, BitFieldOverflow overflow, bool set, out long sum)
    {
        long largest = bits == 64 ? long.MaxValue : (1L << (bits - 1)) - 1;
        long smallest = -largest - 1;
        System.Int128 exact = (System.Int128)value + increment;
        sum = (long)exact;
        if (exact >= smallest && exact <= largest)
        {
            return true;
        }

        if (overflow == BitFieldOverflow.Saturate)
        {
            sum = exact > largest || (set && increment < largest - long.MaxValue) ? largest : smallest;
        }
        else
        {
            sum = SignExtend(unchecked((ulong)value + (ulong)increment), bits);
        }

        return overflow != BitFieldOverflow.Fail;
    }

    /// <summary>
    /// Adds within a field without a sign; false: it does not fit and the overflow says to fail. What is set is a 64-bit pattern, so a
    /// negative number counts as a very large one.
    /// </summary>
    public static bool TryAddUnsigned(ulong value, long increment, int bits, BitFieldOverflow overflow, bool set, out long sum)
    {
        ulong largest = (1UL << bits) - 1;
        System.Int128 exact = set ? (System.Int128)(ulong)increment : (System.Int128)value + increment;
        sum = (long)((ulong)exact & largest);
        if (exact >= 0 && exact <= largest)
        {
            return true;
        }

        if (overflow == BitFieldOverflow.Saturate)
        {
            sum = exact > largest ? (long)largest : 0;
        }

        return overflow != BitFieldOverflow.Fail;
    }
}
