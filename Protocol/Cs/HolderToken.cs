using System;

namespace Epollsrv.Protocol.Cs;

/// <summary>The words of a list of holders: hosts and ports. Pure functions.</summary>
internal static class HolderToken
{
    /// <summary>Finds the next word at or after <paramref name="position"/> and moves it behind that word.</summary>
    /// <returns>False at the end.</returns>
    public static bool Next(ReadOnlySpan<byte> list, ref int position, out Range token)
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

    /// <summary>White space of C.</summary>
    public static bool IsSpace(byte value) => value is (byte)' ' or (>= 9 and <= 13);

    /// <summary>Whether it can be a host: letters, digits, and .-_:[]%, not digits alone.</summary>
    public static bool IsHost(ReadOnlySpan<byte> token)
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

    /// <summary>Whether it is a port: 1 … 65535.</summary>
    public static bool IsPort(ReadOnlySpan<byte> token)
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
