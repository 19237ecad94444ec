using System;
using System.Collections.Generic;
using System.Globalization;

using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>
/// server.conf: one node a line, "ADDRESS PORT" (IPv4, IPv6 with or without brackets, or a host name), separated by spaces or tabs.
/// '#' begins a comment, blank lines are skipped. A node's number is its place among the node lines, from 1.
/// </summary>
internal sealed class ServerConf
{
    /// <summary>Largest file read, bytes.</summary>
    public const int MaximumSize = 1 << 20;

    private const int LongestHost = 253;
    private const int LongestLabel = 63;

    private ServerConf(PeerAddress[] nodes, bool hasMore)
    {
        Nodes = nodes;
        HasMore = hasMore;
    }

    /// <summary>The nodes in the order of their lines, at least one.</summary>
    public PeerAddress[] Nodes { get; }

    /// <summary>Whether there are lines behind the most that were wanted.</summary>
    public bool HasMore { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mistakes">Every mistake on a line of its own, "PATH:LINE: what is wrong; what to do"; empty when there is none.</param>
    /// <param name="most">Most nodes; whatever follows them is not read.</param>
    /// <returns>Null when there is any mistake.</returns>
    public static ServerConf? Load(string path, out string mistakes, int most = int.MaxValue)
    {
        string? text = TextFile.Read(path, MaximumSize, out int error);
        if (text is null)
        {
            mistakes = "--conf " + path + ": " + (error == -Errno.Invalid ? "is longer than 1 MB" : Errno.Describe(error))
                + "; name a file that can be read and has a line \"ADDRESS PORT\" for each node of the ring\n";
            return null;
        }

        return Parse(path, text, out mistakes, most);
    }

    /// <summary>Reads the text of a file; <paramref name="path"/> is only used in messages.</summary>
    public static ServerConf? Parse(string path, string text, out string mistakes, int most = int.MaxValue)
    {
        mistakes = string.Empty;
        List<PeerAddress> nodes = [];
        bool hasMore = false;
        ReadOnlySpan<char> rest = text;
        if (!rest.IsEmpty && rest[0] == '\uFEFF')
        {
            rest = rest[1..];
        }

        for (int number = 1; !rest.IsEmpty; number++)
        {
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            int comment = line.IndexOf('#');
            line = (comment < 0 ? line : line[..comment]).Trim();
            if (line.IsEmpty)
            {
                continue;
            }

            hasMore = nodes.Count == most;
            if (hasMore)
            {
                break;
            }

            string? mistake = ParseLine(line, number, nodes);
            if (mistake is not null)
            {
                mistakes += path + ":" + Text(number) + ": " + mistake + "\n";
            }
        }

        if (nodes.Count == 0 && mistakes.Length == 0)
        {
            mistakes = path + ": no node in it; write one line \"ADDRESS PORT\" for each node of the ring\n";
        }

        return mistakes.Length == 0 ? new ServerConf(nodes.ToArray(), hasMore) : null;
    }

    /// <summary>The index of the node announced with this address and port, or −1.</summary>
    public int Find(ReadOnlySpan<char> host, int port)
    {
        for (int i = 0; i < Nodes.Length; i++)
        {
            if (Nodes[i].Port == port && host.Equals(Nodes[i].Host, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Reads "HOST:PORT", "[IPV6]:PORT", a host alone or "unix:PATH".</summary>
    /// <param name="text">From the command line.</param>
    /// <param name="defaultPort">The port when none is given.</param>
    /// <param name="node">Node 1 of a ring of one.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? ParseEndpoint(string text, int defaultPort, out PeerAddress? node)
    {
        node = null;
        if (text.StartsWith(PeerAddress.UnixPrefix, StringComparison.Ordinal))
        {
            bool good = SocketAddress.TryCreateUnix(text[PeerAddress.UnixPrefix.Length..], out _);
            node = good ? new PeerAddress(1, text, 0, 0) : null;
            return good ? null : "is not a socket's path; allowed: unix:PATH, the path at most 107 bytes";
        }

        ReadOnlySpan<char> host = text;
        ReadOnlySpan<char> portText = default;
        int colon = text.LastIndexOf(':');
        bool bareVersion6 = colon > 0 && text[0] != '[' && text.IndexOf(':') != colon;
        if (colon >= 0 && !bareVersion6 && !text.EndsWith(']'))
        {
            host = text.AsSpan(0, colon);
            portText = text.AsSpan(colon + 1);
            if (portText.IsEmpty)
            {
                return "the port is missing behind ':'";
            }
        }

        int port = defaultPort;
        string? mistake = CheckHost(ref host) ?? (portText.IsEmpty ? null : CheckPort(portText, out port));
        if (mistake is null)
        {
            node = new PeerAddress(1, host.ToString(), port, 0);
        }

        return mistake;
    }

    private static string? ParseLine(ReadOnlySpan<char> line, int number, List<PeerAddress> nodes)
    {
        int end = line.IndexOfAny(' ', '\t');
        if (end < 0)
        {
            int colon = line.LastIndexOf(':');
            bool joined = colon > 0 && CheckPort(line[(colon + 1)..], out _) is null && line[..colon].IndexOf(':') < 0;
            return joined
                ? "\"" + line.ToString() + "\": the port is separated by a space, not a colon; write \"" + line[..colon].ToString() + " "
                    + line[(colon + 1)..].ToString() + "\""
                : "\"" + line.ToString() + "\": the port is missing; write \"ADDRESS PORT\"";
        }

        ReadOnlySpan<char> host = line[..end];
        ReadOnlySpan<char> portText = line[end..].TrimStart();
        end = portText.IndexOfAny(' ', '\t');
        if (end >= 0)
        {
            return "\"" + portText[end..].Trim().ToString() + "\" behind the port; one node a line, comments begin with #";
        }

        string? mistake = CheckHost(ref host);
        string? portMistake = CheckPort(portText, out int port);
        if (mistake is not null || portMistake is not null)
        {
            return mistake is null ? portMistake : portMistake is null ? mistake : mistake + "; " + portMistake;
        }

        foreach (PeerAddress other in nodes)
        {
            if (other.Port == port && host.Equals(other.Host, StringComparison.OrdinalIgnoreCase))
            {
                return "the same node as on line " + Text(other.Line) + "; every node is listed once";
            }
        }

        nodes.Add(new PeerAddress(nodes.Count + 1, host.ToString(), port, number));
        return null;
    }

    private static string? CheckPort(ReadOnlySpan<char> text, out int port)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535
            ? null
            : "\"" + text.ToString() + "\" is not a port; a port is a number from 1 to 65535";

    private static string? CheckHost(ref ReadOnlySpan<char> host)
    {
        if (SocketAddress.TryParse(host, 0, out SocketAddress address))
        {
            // One spelling for each address, so that the same node written twice is found.
            host = address.Host();
            return host.Equals("0.0.0.0", StringComparison.Ordinal) || host.Equals("::", StringComparison.Ordinal)
                ? "\"" + host.ToString() + "\" is no address to connect to; write the address that other nodes reach this one at"
                : null;
        }

        string? mistake = host.IsEmpty ? "the address is missing"
            : host.Contains(':') ? "is not an IPv6 address"
            : host.IndexOfAnyExcept("0123456789.") < 0 ? "is not an IPv4 address"
            : IsHostName(host) ? null
            : "is neither an address nor a host name";
        return mistake is null ? null
            : (host.IsEmpty ? string.Empty : "\"" + host.ToString() + "\" ") + mistake + "; allowed: IPv4, IPv6 or a host name";
    }

    // RFC 1123 section 2.1, and '_' which names in container networks have.
    private static bool IsHostName(ReadOnlySpan<char> host)
    {
        if (host.Length > LongestHost)
        {
            return false;
        }

        int label = 0;
        for (int i = 0; i < host.Length; i++)
        {
            char letter = host[i];
            if (letter == '.')
            {
                if (label == 0)
                {
                    return false;
                }

                label = 0;
                continue;
            }

            bool edge = label == 0 || i + 1 == host.Length || host[i + 1] == '.';
            if (!(char.IsAsciiLetterOrDigit(letter) || letter == '_' || (letter == '-' && !edge)) || ++label > LongestLabel)
            {
                return false;
            }
        }

        return true;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
