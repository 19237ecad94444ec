namespace Epollsrv.Protocol.Resp;

/// <summary>Numbers of Redis's RDB format, for DUMP, RESTORE and files.</summary>
internal static class DumpFormat
{
    /// <summary>The version written (Redis 7.0).</summary>
    public const int Version = 10;

    /// <summary>Bytes of the footer: version and checksum.</summary>
    public const int FooterBytes = 10;

    /// <summary>The type of a string.</summary>
    public const byte StringType = 0;

    /// <summary>Two upper bits of a length: six bits follow in the same byte.</summary>
    public const int Length6 = 0;

    /// <summary>14 bits, with the next byte.</summary>
    public const int Length14 = 1;

    /// <summary>Not a length but an encoding, in the lower six bits.</summary>
    public const int Encoded = 3;

    /// <summary>A whole byte that says that 32 bits follow, highest byte first.</summary>
    public const byte Length32 = 0x80;

    /// <summary>The same with 64 bits.</summary>
    public const byte Length64 = 0x81;

    /// <summary>A number in 8 bits.</summary>
    public const int Integer8 = 0;

    /// <summary>A number in 16 bits, lowest byte first.</summary>
    public const int Integer16 = 1;

    /// <summary>A number in 32 bits, lowest byte first.</summary>
    public const int Integer32 = 2;

    /// <summary>Compressed: its length, the length before, LZF data.</summary>
    public const int Lzf = 3;

    /// <summary>Whether values of a version can be read: up to Redis 7.2's, and valkey's own. Strings are the same in all.</summary>
    public static bool IsKnown(int version) => version is <= 11 or 80 or 81;
}
