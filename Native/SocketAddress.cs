using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Epollsrv.Native;

/// <summary>A sockaddr for IPv4, IPv6 or a Unix-domain socket. A value type: copy freely.</summary>
internal unsafe struct SocketAddress
{
    public const int FamilyUnix = 1;
    public const int FamilyIPv4 = 2;
    public const int FamilyIPv6 = 10;

    /// <summary>Longest Unix-domain path, without its closing zero.</summary>
    public const int MaximumPath = 107;

    /// <summary>The bytes of the sockaddr.</summary>
    public fixed byte Data[128];

    /// <summary>How many of <see cref="Data"/> are used.</summary>
    public int Length;

    /// <summary>AF_UNIX, AF_INET or AF_INET6; 0 in a value never filled.</summary>
    public readonly int Family => Unsafe.ReadUnaligned<ushort>(in Data[0]);

    /// <summary>The port of an IP address, else 0.</summary>
    public int Port
    {
        readonly get => Family is FamilyIPv4 or FamilyIPv6 ? (Data[2] << 8) | Data[3] : 0;
        set
        {
            Data[2] = (byte)(value >> 8);
            Data[3] = (byte)value;
        }
    }

    /// <summary>Whether only this machine can reach the address (127.0.0.0/8, ::1, a Unix-domain socket).</summary>
    public readonly bool IsLoopback
    {
        get
        {
            if (Family == FamilyUnix)
            {
                return true;
            }

            if (Family == FamilyIPv4)
            {
                return Data[4] == 127;
            }

            for (int i = 8; i < 23; i++)
            {
                // ::ffff:127.0.0.0/104 is 127.0.0.0/8 written as IPv6.
                if (Data[i] != 0)
                {
                    return i == 18 && Data[18] == 0xFF && Data[19] == 0xFF && Data[20] == 127;
                }
            }

            return Data[23] == 1;
        }
    }

    /// <summary>Reads "127.0.0.1" or "::1" (brackets allowed); host names are not looked up.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, int port, out SocketAddress address)
    {
        address = default;
        if (text.Length > 2 && text[0] == '[' && text[^1] == ']')
        {
            text = text[1..^1];
        }

        if (text.IsEmpty || text.Length > 45)
        {
            return false;
        }

        Span<byte> zeroTerminated = stackalloc byte[46];
        zeroTerminated.Clear();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '\0' or > '\x7f')
            {
                return false;
            }

            zeroTerminated[i] = (byte)text[i];
        }

        bool version6 = text.Contains(':');
        fixed (byte* name = zeroTerminated)
        fixed (byte* data = address.Data)
        {
            if (NameLookup.ParseNumeric(version6 ? FamilyIPv6 : FamilyIPv4, name, data + (version6 ? 8 : 4)) != 1)
            {
                return false;
            }
        }

        Unsafe.WriteUnaligned(ref address.Data[0], (ushort)(version6 ? FamilyIPv6 : FamilyIPv4));
        address.Length = version6 ? 28 : 16;
        address.Port = port;
        return true;
    }

    /// <summary>The address of a Unix-domain socket; false when the path is empty or longer than <see cref="MaximumPath"/> bytes.</summary>
    public static bool TryCreateUnix(string path, out SocketAddress address)
    {
        address = default;
        byte[] bytes = ByteText.Encode(path);
        if (bytes.Length is 0 or > MaximumPath)
        {
            return false;
        }

        Unsafe.WriteUnaligned(ref address.Data[0], (ushort)FamilyUnix);
        fixed (byte* data = address.Data)
        {
            bytes.CopyTo(new Span<byte>(data + 2, MaximumPath));
        }

        address.Length = 3 + bytes.Length;
        return true;
    }

    /// <summary>The address of a Unix-domain socket as systemd writes it: a path, or @NAME for one of the abstract namespace.</summary>
    public static bool TryCreateNamed(string name, out SocketAddress address)
    {
        if (!TryCreateUnix(name, out address))
        {
            return false;
        }

        if (name[0] == '@')
        {
            // Begins with a zero and has none at its end: its length counts.
            address.Data[2] = 0;
            address.Length--;
        }

        return true;
    }

    /// <summary>The address as people write it: 127.0.0.1:6379, [::1]:6379, unix:/run/x.sock. Allocates: not for the hot path.</summary>
    public override readonly string ToString()
    {
        if (Family == FamilyUnix)
        {
            return "unix:" + UnixPath();
        }

        string host = Host();
        string port = Port.ToString(CultureInfo.InvariantCulture);
        return Family == FamilyIPv6 ? "[" + host + "]:" + port : host + ":" + port;
    }

    /// <summary>The path of a Unix-domain socket. Allocates.</summary>
    public readonly string UnixPath()
    {
        fixed (byte* data = Data)
        {
            ReadOnlySpan<byte> path = new(data + 2, Math.Max(0, Length - 2));
            int end = path.IndexOf((byte)0);
            return ByteText.Decode(end < 0 ? path : path[..end]);
        }
    }

    /// <summary>The numeric host without brackets or port; an empty string for a Unix-domain socket. Allocates.</summary>
    public readonly string Host()
    {
        byte* text = stackalloc byte[64];
        fixed (byte* data = Data)
        {
            if (Family is not (FamilyIPv4 or FamilyIPv6)
                || !NameLookup.FormatNumeric(Family, data + (Family == FamilyIPv6 ? 8 : 4), text, 64))
            {
                return string.Empty;
            }
        }

        return new string((sbyte*)text);
    }

    /// <summary>The IPv4 address as a big-endian number; 0 for other families.</summary>
    public readonly uint IPv4 => Family == FamilyIPv4 ? BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(in Data[4])) : 0;
}
