using System;

namespace Epollsrv.Protocol.Http;

/// <summary>A host with or without a port: what the Host field and an absolute target name. Pure functions.</summary>
internal static class HttpAuthority
{
    /// <summary>Whether it is a name, IPv4 address or IPv6 address in brackets, with or without a port (RFC 9112 §3.2).</summary>
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        Split(text, out ReadOnlySpan<byte> host, out ReadOnlySpan<byte> port);
        if (port.Length > 5 || (!port.IsEmpty && HttpText.Number(port, 65535) < 0) || host.IsEmpty || host.Length > 255)
        {
            return false;
        }

        bool brackets = host[0] == '[';
        if (brackets)
        {
            if (host.Length < 4 || host[^1] != ']')
            {
                return false;
            }

            host = host[1..^1];
        }

        foreach (byte character in host)
        {
            // RFC 3986 allows more in a name (even "%41" and "!"); no name that can be looked up has it.
            bool good = brackets ? HttpText.Hex(character) >= 0 || character is (byte)':' or (byte)'.'
                : HttpText.IsDigit(character) || (uint)((character | 0x20) - 'a') < 26 || character is (byte)'-' or (byte)'.' or (byte)'_';
            if (!good)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes host and port apart; brackets stay with the host, and the port is empty when there is none.</summary>
    public static void Split(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> host, out ReadOnlySpan<byte> port)
    {
        int colon = text.LastIndexOf((byte)':');
        if (colon < 0 || text.LastIndexOf((byte)']') > colon)
        {
            host = text;
            port = default;
            return;
        }

        host = text[..colon];
        port = text[(colon + 1)..];
    }

    /// <summary>Whether a host is an IPv4 address in dotted decimal.</summary>
    public static bool IsIPv4(ReadOnlySpan<byte> host)
    {
        int parts = 0;
        while (true)
        {
            int dot = host.IndexOf((byte)'.');
            ReadOnlySpan<byte> part = dot < 0 ? host : host[..dot];
            if (part.Length > 3 || HttpText.Number(part, 255) < 0)
            {
                return false;
            }

            parts++;
            if (dot < 0)
            {
                return parts == 4;
            }

            host = host[(dot + 1)..];
        }
    }
}
