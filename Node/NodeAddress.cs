using System;

using Epollsrv.Native;

namespace Epollsrv.Node;

/// <summary>A node's address as people write it: HOST, HOST:PORT, [IPv6]:PORT, IPv6 alone, or unix:PATH.</summary>
internal static class NodeAddress
{
    private const string UnixPrefix = "unix:";

    /// <summary>Reads an address; a host name is looked up, which may take the resolver's time.</summary>
    /// <param name="text">As typed.</param>
    /// <param name="port">The port when the text has none.</param>
    /// <param name="address">The result.</param>
    /// <returns>Null, or what is wrong and what is allowed.</returns>
    public static string? Parse(string text, int port, out SocketAddress address)
    {
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal))
        {
            return SocketAddress.TryCreateUnix(text[UnixPrefix.Length..], out address) ? null
                : "is not a socket's path; allowed: unix:PATH, the path at most 107 bytes";
        }

        string host = Split(text, ref port, out bool good);
        if (!good)
        {
            address = default;
            return "is not an address; allowed: HOST, HOST:PORT (1 to 65535), [IPv6]:PORT or unix:PATH";
        }

        return NameLookup.Resolve(host, port, out address) ? null : "is not a known host; correct the name, or give an address";
    }

    /// <summary>Turns "all addresses" (0.0.0.0, ::) into this machine's loopback: what a client on this machine connects to.</summary>
    public static SocketAddress ForLocalClient(SocketAddress address)
    {
        string host = address.Host();
        string? loopback = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : null;
        return loopback is not null && SocketAddress.TryParse(loopback, address.Port, out SocketAddress local) ? local : address;
    }

    /// <summary>Of the addresses a node listens on, the one its own ring
    /// client uses: the first that is no path, where there is one.</summary>
    public static SocketAddress ForOwnRing(SocketAddress[] bound)
    {
        foreach (SocketAddress address in bound)
        {
            if (address.Family != SocketAddress.FamilyUnix)
            {
                return address;
            }
        }

        return bound.Length > 0 ? bound[0] : default;
    }

    /// <summary>Takes HOST:PORT or [IPv6]:PORT apart; the name is not looked up.</summary>
    public static bool TrySplit(string text, out string host, out int port)
    {
        port = 0;
        host = Split(text, ref port, out bool good);
        return good && port != 0;
    }

    private static string Split(string text, ref int port, out bool good)
    {
        int colon = text.LastIndexOf(':');
        bool bracketed = text.StartsWith('[');

        // Several colons without brackets: an IPv6 address without a port.
        bool hasPort = bracketed ? colon > 0 && text[colon - 1] == ']' : colon >= 0 && text.IndexOf(':') == colon;
        good = true;
        if (hasPort)
        {
            good = ValueText.TryParseInteger(text.AsSpan(colon + 1), out long number) && number is > 0 and < 65536;
            port = (int)number;
            text = text[..colon];
        }

        if (bracketed)
        {
            good &= text.Length > 2 && text[^1] == ']';
            text = good ? text[1..^1] : text;
        }

        good &= text.Length > 0;
        return text;
    }
}
