using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal;

/// <summary>placeholder until the branch h-aof is merged</summary>
internal static unsafe class BlockHeader
{
    public const int Longest = 128;

    public static int Write(byte* target, long length, long position, IoVector* payload, int count)
    {
        byte* at = target;
        Add(ref at, "#HDR:v1;len:"u8);
        at += Numbers.Write(at, length);
        Add(ref at, ";reploff:"u8);
        at += Numbers.Write(at, position);
        Add(ref at, ";checksum:"u8);
        ulong checksum = Crc64.Compute(0, target, at - target);
        for (int i = 0; i < count; i++)
        {
            checksum = Crc64.Compute(checksum, payload[i].Base, (long)payload[i].Length);
        }

        at += Numbers.WriteUnsigned(at, checksum);
        Add(ref at, ";\r\n"u8);
        return (int)(at - target);
    }

    private static void Add(ref byte* at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(new Span<byte>(at, text.Length));
        at += text.Length;
    }
}
