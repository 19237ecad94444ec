using System.Runtime.InteropServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>CRC-64 "Jones", as in the footer of DUMP: polynomial ad93d23594c935a9 reflected, start 0, no final inversion.</summary>
internal static unsafe class Crc64
{
    private const ulong Polynomial = 0x95AC9329AC4BC9B5;

    private static readonly ulong* _table = MakeTable();

    /// <summary>Goes on with a checksum over more bytes; 0 starts.</summary>
    public static ulong Compute(ulong checksum, byte* data, long length)
    {
        for (byte* end = data + length; data < end; data++)
        {
            checksum = _table[(byte)(checksum ^ *data)] ^ (checksum >> 8);
        }

        return checksum;
    }

    private static ulong* MakeTable()
    {
        ulong* table = (ulong*)NativeMemory.Alloc(256, sizeof(ulong));
        for (uint i = 0; i < 256; i++)
        {
            ulong value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
