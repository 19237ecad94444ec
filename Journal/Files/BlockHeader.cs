using System;
using Epollsrv.Native;

namespace Epollsrv.Journal;

/// <summary>
/// The line before each block of the log: <c>#HDR:v1;len:LENGTH;reploff:POSITION;synced:POSITION;checksum:CRC64;\r\n</c>. Redis from
/// version 7 on skips it, as a comment. The checksum is CRC-64 over the line up to and including "checksum:", then the payload.
/// </summary>
internal unsafe struct BlockHeader
{
    /// <summary>Bytes that <see cref="Begin"/> and <see cref="End"/> write together at most.</summary>
    public const int Longest = 32 + (4 * Numbers.Longest) + 40;

    /// <summary>Bytes of the longest line that Redis can skip: its buffer has 1024, with a closing zero.</summary>
    public const int LongestLine = 1023;

    /// <summary>What a line of this kind begins with, in every version.</summary>
    public static ReadOnlySpan<byte> Mark => "#HDR:v"u8;

    /// <summary>Bytes of the records behind the line.</summary>
    public long PayloadLength;

    /// <summary>Position in the log of the first byte of the payload; −1: the line does not say it.</summary>
    public long Position;

    /// <summary>Position up to which the disk had the log when the block was written: what is damaged behind it can have been lost with
    /// the power, what is damaged before it cannot. −1: the line does not say it.</summary>
    public long Synchronized;

    /// <summary>What the checksum must be.</summary>
    public ulong Checksum;

    /// <summary>Bytes of the line that the checksum covers.</summary>
    public int CoveredLength;

    private static ReadOnlySpan<byte> Start => "#HDR:v1;len:"u8;

    private static ReadOnlySpan<byte> PositionName => ";reploff:"u8;

    private static ReadOnlySpan<byte> SynchronizedName => ";synced:"u8;

    private static ReadOnlySpan<byte> ChecksumName => ";checksum:"u8;

    /// <summary>Writes the part of the line that the checksum covers: the checksum starts with these bytes, the payload follows.</summary>
    /// <param name="to">Has room for <see cref="Longest"/> bytes.</param>
    /// <param name="payloadLength">Bytes of the records, 0 allowed.</param>
    /// <param name="position">Position in the log of their first byte.</param>
    /// <param name="synchronized">Position up to which the disk has the log; −1: not known.</param>
    /// <returns>Bytes written.</returns>
    public static int Begin(byte* to, long payloadLength, long position, long synchronized = -1)
    {
        byte* at = Copy(to, Start);
        at += Numbers.Write(at, payloadLength);
        at = Copy(at, PositionName);
        at += Numbers.Write(at, position);
        if (synchronized >= 0)
        {
            at = Copy(at, SynchronizedName);
            at += Numbers.Write(at, synchronized);
        }

        at = Copy(at, ChecksumName);
        return (int)(at - to);
    }

    /// <summary>Writes the rest of the line: directly behind what <see cref="Begin"/> wrote.</summary>
    /// <returns>Bytes written.</returns>
    public static int End(byte* to, ulong checksum)
    {
        byte* at = to + Numbers.WriteUnsigned(to, checksum);
        at = Copy(at, ";\r\n"u8);
        return (int)(at - to);
    }

    /// <summary>Writes the line of a block whose payload is in one piece.</summary>
    /// <returns>Bytes written, at most <see cref="Longest"/>.</returns>
    public static int Write(byte* to, byte* payload, long payloadLength, long position)
    {
        int covered = Begin(to, payloadLength, position);
        ulong checksum = Crc64.Compute(Crc64.Compute(0, to, covered), payload, payloadLength);
        return covered + End(to + covered, checksum);
    }

    /// <summary>Reads a line that begins with <see cref="Mark"/>, its line end included.</summary>
    /// <returns>False: it is damaged. That the line is of another version is not looked at here: <see cref="IsOtherVersion"/>.</returns>
    public static bool TryParse(byte* line, int length, out BlockHeader header)
    {
        header = new BlockHeader { Position = -1, Synchronized = -1 };
        ReadOnlySpan<byte> text = new(line, length);
        if (!text.StartsWith(Start) || !text.EndsWith(";\r\n"u8))
        {
            return false;
        }

        byte* end = line + length - 2;
        byte* at = line + Start.Length;
        bool isChecksum = false;
        if (!TryTakeNumber(ref at, end, out ulong number) || number > long.MaxValue)
        {
            return false;
        }

        header.PayloadLength = (long)number;
        while (at < end)
        {
            // Nothing stands behind the checksum.
            ReadOnlySpan<byte> rest = new(at - 1, (int)(end - at + 1));
            if (isChecksum)
            {
                return false;
            }

            if (rest.StartsWith(ChecksumName))
            {
                at += ChecksumName.Length - 1;
                header.CoveredLength = (int)(at - line);
                isChecksum = TryTakeNumber(ref at, end, out header.Checksum);
                if (!isChecksum)
                {
                    return false;
                }
            }
            else if (rest.StartsWith(PositionName))
            {
                at += PositionName.Length - 1;
                if (!TryTakeNumber(ref at, end, out number) || number > long.MaxValue)
                {
                    return false;
                }

                header.Position = (long)number;
            }
            else if (rest.StartsWith(SynchronizedName))
            {
                at += SynchronizedName.Length - 1;
                if (!TryTakeNumber(ref at, end, out number) || number > long.MaxValue)
                {
                    return false;
                }

                header.Synchronized = (long)number;
            }
            else
            {
                // A field that this program does not know.
                at += rest[1..].IndexOf((byte)';') + 1;
            }
        }

        return isChecksum;
    }

    /// <summary>Whether a line that begins with <see cref="Mark"/> says a version that only a newer program can read.</summary>
    public static bool IsOtherVersion(byte* line, int length)
    {
        byte* at = line + Mark.Length;
        return TryTakeNumber(ref at, line + length, out ulong version) && version > 1;
    }

    // Goes on behind the semicolon.
    private static bool TryTakeNumber(ref byte* at, byte* end, out ulong number)
    {
        number = 0;
        byte* start = at;
        for (; at < end && (uint)(*at - '0') <= 9; at++)
        {
            uint digit = (uint)(*at - '0');
            if (number > (ulong.MaxValue - digit) / 10 || (number == 0 && at > start))
            {
                return false;
            }

            number = (number * 10) + digit;
        }

        return at > start && at < end && *at++ == ';';
    }

    private static byte* Copy(byte* to, ReadOnlySpan<byte> text)
    {
        text.CopyTo(new Span<byte>(to, text.Length));
        return to + text.Length;
    }
}
