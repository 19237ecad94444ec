using System;
using System.Runtime.Intrinsics;

namespace Epollsrv.Protocol.Resp;

/// <summary>BITOP's work: values combined byte by byte, 16 at a time; a value that has ended goes on with zeros.</summary>
internal static unsafe class BitCombination
{
    // Worked on piece by piece, so that the result stays in the first-level cache while all sources pass.
    private const int Piece = 8192;

    /// <summary>Combines the sources into <paramref name="length"/> bytes: the longest one's.</summary>
    public static void Combine(BitOperation operation, ValueSnapshot* sources, int count, byte* result, long length)
    {
        for (long start = 0; start < length; start += Piece)
        {
            int bytes = (int)Math.Min(Piece, length - start);
            byte* to = result + start;
            Copy(sources, start, bytes, to);
            for (int i = 1; i < count; i++)
            {
                int there = (int)Math.Clamp(sources[i].Length - start, 0, bytes);
                Apply(operation, to, sources[i].Data + start, there);
                if (operation == BitOperation.And)
                {
                    new Span<byte>(to + there, bytes - there).Clear();
                }
            }

            if (operation == BitOperation.Not)
            {
                Apply(operation, to, to, bytes);
            }
        }
    }

    private static void Copy(ValueSnapshot* source, long start, int bytes, byte* to)
    {
        int there = (int)Math.Clamp(source->Length - start, 0, bytes);
        new ReadOnlySpan<byte>(source->Data + start, there).CopyTo(new Span<byte>(to, bytes));
        new Span<byte>(to + there, bytes - there).Clear();
    }

    private static void Apply(BitOperation operation, byte* to, byte* from, int bytes)
    {
        int i = 0;
        for (; i + 16 <= bytes; i += 16)
        {
            Vector128<byte> left = Vector128.Load(to + i);
            Vector128<byte> right = Vector128.Load(from + i);
            Vector128<byte> both = operation switch
            {
                BitOperation.And => left & right,
                BitOperation.Or => left | right,
                BitOperation.Xor => left ^ right,
                _ => ~right,
            };
            both.Store(to + i);
        }

        for (; i < bytes; i++)
        {
            to[i] = operation switch
            {
                BitOperation.And => (byte)(to[i] & from[i]),
                BitOperation.Or => (byte)(to[i] | from[i]),
                BitOperation.Xor => (byte)(to[i] ^ from[i]),
                _ => (byte)~from[i],
            };
        }
    }
}
