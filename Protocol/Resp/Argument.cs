using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Resp;

/// <summary>One argument of a request: bytes inside what was received, good until the command has returned.</summary>
internal unsafe struct Argument
{
    /// <summary>The first byte.</summary>
    public byte* Data;

    /// <summary>How many there are.</summary>
    public int Length;

    /// <summary>The bytes.</summary>
    public readonly ReadOnlySpan<byte> Span => new(Data, Length);

    /// <summary>Whether the argument is this word (lower-case letters only), in whatever case the client wrote it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly bool Is(ReadOnlySpan<byte> word)
    {
        if (Length != word.Length)
        {
            return false;
        }

        for (int i = 0; i < word.Length; i++)
        {
            byte letter = Data[i];
            if ((letter is >= (byte)'A' and <= (byte)'Z' ? letter | 0x20 : letter) != word[i])
            {
                return false;
            }
        }

        return true;
    }
}
