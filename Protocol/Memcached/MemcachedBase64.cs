using System;

namespace Epollsrv.Protocol.Memcached;

/// <summary>Keys in base64, read as memcached reads them: characters that are none of its alphabet are left out. Any thread.</summary>
internal static unsafe class MemcachedBase64
{
    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    /// <summary>Puts the key that a request's key stands for in its place.</summary>
    /// <param name="request">The request.</param>
    /// <param name="room">Where the key is written; it is no longer than the one that stands for it.</param>
    /// <returns>False: it stands for none.</returns>
    public static bool TryDecode(MemcachedRequest* request, byte* room)
    {
        uint group = 0;
        int digits = 0;
        int padding = 0;
        int length = 0;
        for (int i = 0; i < request->KeyLength; i++)
        {
            byte letter = request->Key[i];
            int digit = letter == '=' ? 0 : Alphabet.IndexOf(letter);
            if (digit < 0)
            {
                continue;
            }

            padding += letter == '=' ? 1 : 0;
            group = (group << 6) | (uint)digit;
            if (++digits % 4 == 0)
            {
                room[length++] = (byte)(group >> 16);
                room[length++] = (byte)(group >> 8);
                room[length++] = (byte)group;
                if (padding > 0)
                {
                    break;
                }
            }
        }

        length -= padding;
        if (digits == 0 || digits % 4 != 0 || padding > 2 || length <= 0)
        {
            return false;
        }

        request->Key = room;
        request->KeyLength = length;
        return true;
    }

    /// <summary>Writes bytes as base64.</summary>
    /// <returns>The place behind it.</returns>
    public static byte* Encode(byte* to, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 3; bytes = bytes[3..])
        {
            to = Write(to, ((uint)bytes[0] << 16) | ((uint)bytes[1] << 8) | bytes[2], 4);
        }

        if (!bytes.IsEmpty)
        {
            int digits = bytes.Length + 1;
            to = Write(to, ((uint)bytes[0] << 16) | (bytes.Length == 2 ? (uint)bytes[1] << 8 : 0), digits);
            for (; digits < 4; digits++)
            {
                *to++ = (byte)'=';
            }
        }

        return to;
    }

    private static byte* Write(byte* to, uint group, int digits)
    {
        for (int shift = 18; digits > 0; digits--, shift -= 6)
        {
            *to++ = Alphabet[(int)(group >> shift) & 63];
        }

        return to;
    }
}
