using System;

using Epollsrv.Native;

namespace Epollsrv.Share;

/// <summary>Which names can be shared at all. Bytes, as the kernel has them: no encoding is assumed. Any thread.</summary>
internal static class FileName
{
    /// <summary>Longest name, bytes: the length byte of a CS frame, and NAME_MAX.</summary>
    public const int Maximum = 255;

    /// <summary>How the names of downloads that are not whole yet end.</summary>
    public static ReadOnlySpan<byte> PartSuffix => ".part"u8;

    /// <summary>How the names of the files end that say how far such downloads are.</summary>
    public static ReadOnlySpan<byte> StateSuffix => ".part.state"u8;

    /// <summary>How the names of files this program is writing begin.</summary>
    public static ReadOnlySpan<byte> TemporaryPrefix => ".tmp-epollsrv"u8;

    /// <summary>
    /// 0 when the name may be looked up in a shared folder. −EINVAL: empty, ".", "..", with a '/' or a NUL, or beginning with byte 01 (the
    /// ring's reserved keys); −ENAMETOOLONG: more than <see cref="Maximum"/>
    /// bytes; −ENOENT: a temporary file, which is treated as if it were not there.
    /// </summary>
    public static int Check(ReadOnlySpan<byte> name)
    {
        if (name.Length > Maximum)
        {
            return -Errno.NameTooLong;
        }

        if (name.IsEmpty || name[0] == 1 || name.IndexOfAny((byte)'/', (byte)0) >= 0 || name.SequenceEqual("."u8)
            || name.SequenceEqual(".."u8))
        {
            return -Errno.Invalid;
        }

        return name.EndsWith(PartSuffix) || name.EndsWith(StateSuffix) || name.StartsWith(TemporaryPrefix) ? -Errno.NoEntry : 0;
    }

    /// <summary>The name as text (<see cref="Native.ByteText"/>); a log shows the replacement character for what is not UTF-8.</summary>
    public static string Describe(ReadOnlySpan<byte> name) => Native.ByteText.Decode(name);
}
