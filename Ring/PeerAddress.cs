using System.Globalization;
using System.Text;

namespace Epollsrv.Ring;

/// <summary>One node of a ring as server.conf announces it. Immutable; any thread.</summary>
internal sealed class PeerAddress
{
    /// <summary>How the host of a node on this machine's file system begins; its port is 0.</summary>
    public const string UnixPrefix = "unix:";

    /// <summary>Creates the description of a node.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="host">IPv4 or IPv6 address without brackets, or a host name.</param>
    /// <param name="port">1 … 65535.</param>
    /// <param name="line">The line of server.conf it stands on, or 0.</param>
    public PeerAddress(int number, string host, int port, int line)
    {
        Number = number;
        Host = host;
        Port = port;
        Line = line;
    }

    /// <summary>The node's number, counted from 1.</summary>
    public int Number { get; }

    /// <summary>The announced address or host name, without brackets.</summary>
    public string Host { get; }

    /// <summary>The announced port.</summary>
    public int Port { get; }

    /// <summary>The line of server.conf, counted from 1; 0 when the node came from the command line.</summary>
    public int Line { get; }

    /// <summary>"10.0.0.7:50003", "[::1]:6379".</summary>
    public string Endpoint => Join(Host, ":", Port);

    /// <summary>"node 3, 10.0.0.7:50003".</summary>
    public string Name => "node " + Number.ToString(CultureInfo.InvariantCulture) + ", " + Endpoint;

    /// <summary>The announced address as the ring registers it: "10.0.0.7
    /// 50003", without the newline that the C program leaves on it.</summary>
    public byte[] Holder => Encoding.UTF8.GetBytes(Host + " " + Port.ToString(CultureInfo.InvariantCulture));

    /// <summary>Joins a host and a port as people write them; an IPv6 address gets brackets.</summary>
    public static string Join(string host, string separator, int port)
        => host.StartsWith(UnixPrefix, System.StringComparison.Ordinal) ? host
            : (host.Contains(':') ? "[" + host + "]" : host) + separator + port.ToString(CultureInfo.InvariantCulture);
}
