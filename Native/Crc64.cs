using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Epollsrv.Native;

/// <summary>
/// CRC-64 "Jones", as in Redis's files and DUMP: polynomial ad93d23594c935a9 reflected, start 0, no final inversion. Sixteen bytes at
/// a time, with a table for each ("slicing by 16"); where <see cref="Crc64Folding"/> works, it makes sixteen of many first. Any thread.
/// </summary>
internal static unsafe class Crc64
{
    private const int Slices = 16;
    private const int Values = 256;

    // Table n: what a byte does to the checksum with n zero bytes behind it.
    private static readonly ulong* _tables = MakeTables();

    /// <summary>Goes on with a checksum over more bytes; 0 starts.</summary>
    public static ulong Compute(ulong checksum, byte* data, long length)
    {
        if (Crc64Folding.IsSupported && length >= 2 * Slices)
        {
            ulong* folded = stackalloc ulong[2];
            long whole = length & -Slices;
            Crc64Folding.Fold(checksum, data, whole, folded);
            checksum = ComputeByTables(0, (byte*)folded, Slices);
            data += whole;
            length -= whole;
        }

        return ComputeByTables(checksum, data, length);
    }

    private static ulong ComputeByTables(ulong checksum, byte* data, long length)
    {
        ulong* tables = _tables;
        byte* end = data + length;
        for (; end - data >= Slices; data += Slices)
        {
            ulong low = checksum ^ Unsafe.ReadUnaligned<ulong>(data);
            checksum = Slice(tables + (8 * Values), low) ^ Slice(tables, Unsafe.ReadUnaligned<ulong>(data + 8));
        }

        if (end - data >= sizeof(ulong))
        {
            checksum = Slice(tables, checksum ^ Unsafe.ReadUnaligned<ulong>(data));
            data += sizeof(ulong);
        }

        for (; data < end; data++)
        {
            checksum = tables[(byte)(checksum ^ *data)] ^ (checksum >> 8);
        }

        return checksum;
    }

    /// <summary>A checksum times x: with a zero bit behind it.</summary>
    public static ulong TimesX(ulong value)
    {
        const ulong polynomial = 0x95AC9329AC4BC9B5;
        return (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
    }

    /// <summary>Eight bytes: the first one is followed by seven others, the last one by none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Slice(ulong* tables, ulong bytes) =>
        tables[(7 * Values) + (byte)bytes] ^ tables[(6 * Values) + (byte)(bytes >> 8)]
        ^ tables[(5 * Values) + (byte)(bytes >> 16)] ^ tables[(4 * Values) + (byte)(bytes >> 24)]
        ^ tables[(3 * Values) + (byte)(bytes >> 32)] ^ tables[(2 * Values) + (byte)(bytes >> 40)]
        ^ tables[Values + (byte)(bytes >> 48)] ^ tables[(byte)(bytes >> 56)];

    private static ulong* MakeTables()
    {
        ulong* tables = (ulong*)NativeMemory.Alloc(Slices * Values, sizeof(ulong));
        for (uint i = 0; i < Values; i++)
        {
            ulong value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = TimesX(value);
            }

            tables[i] = value;
        }

        for (int i = Values; i < Slices * Values; i++)
        {
            ulong shorter = tables[i - Values];
            tables[i] = tables[(byte)shorter] ^ (shorter >> 8);
        }

        return tables;
    }
}
