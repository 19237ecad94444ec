using System;

namespace Epollsrv.Protocol.Cs;

/// <content>What a token, a host and a port are.</content>
internal static partial class HolderList
{
    private static bool NextToken(ReadOnlySpan<byte> list, ref int position, out Range token)
    {
        while (position < list.Length && IsSpace(list[position]))
        {
            position++;
        }

        int start = position;
        while (position < list.Length && !IsSpace(list[position]))
        {
            position++;
        }

        token = start..position;
        return position > start;
    }

    private static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);

    private static bool IsBlank(ReadOnlySpan<byte> value)
    {
        int position = 0;
        return !NextToken(value, ref position, out _);
    }

    private static bool IsHost(ReadOnlySpan<byte> token)
    {
        bool onlyDigits = true;
        foreach (byte value in token)
        {
            if (value is >= (byte)'0' and <= (byte)'9')
            {
                continue;
            }

            onlyDigits = false;
            bool letter = (byte)(value | 0x20) is >= (byte)'a' and <= (byte)'z';
            if (!letter && !".-_:[]%"u8.Contains(value))
            {
                return false;
            }
        }

        return !onlyDigits;
    }

    private static bool IsPort(ReadOnlySpan<byte> token)
    {
        int number = 0;
        foreach (byte value in token)
        {
            if (value is < (byte)'0' or > (byte)'9' || number > 6553)
            {
                return false;
            }

            number = (number * 10) + value - '0';
        }

        return number is > 0 and <= 65535;
    }
}
