using System;
using Epollsrv.Native;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Journal.Rdb;

/// <summary>The first nine bytes of an RDB file: who has written it, and in which version of the format.</summary>
internal readonly struct RdbVersion
{
    /// <summary>Bytes of it.</summary>
    public const int Bytes = 9;

    private const int OldestOfValkey = 80;
    private const int FirstWithChecksum = 5;

    private RdbVersion(bool isValkey, int number)
    {
        IsValkey = isValkey;
        Number = number;
    }

    /// <summary>Whether valkey has written it, in a format of its own.</summary>
    public bool IsValkey { get; }

    /// <summary>The version.</summary>
    public int Number { get; }

    /// <summary>Whether this program can read it.</summary>
    public bool IsKnown => Number > 0 && IsValkey == (Number >= OldestOfValkey) && DumpFormat.IsKnown(Number);

    /// <summary>Whether eight bytes of checksum follow the end.</summary>
    public bool HasChecksum => Number >= FirstWithChecksum;

    /// <summary>Reads it; false: this is no RDB file.</summary>
    public static bool TryRead(ReadOnlySpan<byte> header, out RdbVersion version)
    {
        version = default;
        bool isValkey = header.StartsWith("VALKEY"u8);
        if (!isValkey && !header.StartsWith("REDIS"u8))
        {
            return false;
        }

        int number = 0;
        foreach (byte digit in header[(isValkey ? 6 : 5)..Bytes])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + digit - '0';
        }

        version = new RdbVersion(isValkey, number);
        return true;
    }

    /// <summary>Why it cannot be read.</summary>
    public string Refusal() => "the file has version " + Numbers.ToText(Number) + " of " + (IsValkey ? "valkey's" : "Redis's")
        + " format; versions up to 11 (Redis 7.2, valkey 8) and valkey's 80 and 81 can be read. Let an older server write it,"
        + " or copy the keys over the network";
}
