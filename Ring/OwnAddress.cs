using Epollsrv.Native;

namespace Epollsrv.Ring;

/// <summary>Finds out which node of a ring this machine is. May look names up: not for the loop or a worker.</summary>
internal static class OwnAddress
{
    /// <summary>The one node whose announced address is an address of this machine.</summary>
    /// <param name="nodes">The ring.</param>
    /// <param name="port">Only nodes announced with this port; 0: any.</param>
    /// <param name="index">The node's index, or −1.</param>
    /// <param name="count">How many nodes have an address of this machine.</param>
    /// <returns>Null, or why there is not exactly one, and what to do.</returns>
    public static string? Find(PeerAddress[] nodes, int port, out int index, out int count)
    {
        index = -1;
        string candidates = string.Empty;
        count = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            if ((port == 0 || nodes[i].Port == port) && IsLocal(nodes[i]))
            {
                index = i;
                candidates += (count++ == 0 ? string.Empty : ", ")
                    + nodes[i].Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        if (count == 1)
        {
            return null;
        }

        index = -1;
        return count == 0
            ? "no node of the ring has an address of this machine; say which one it is with --id N"
            : "nodes " + candidates + " of the ring have addresses of this machine; say which one it is with --id N";
    }

    /// <summary>
    /// What a node's files are registered under: its announced address, as a number where there is
    /// one, because the C program's clients understand nothing else (and of numbers only IPv4).
    /// </summary>
    public static byte[] Holder(PeerAddress node)
        => NameLookup.Resolve(node.Host, node.Port, out SocketAddress address) && address.Host() is { Length: > 0 } host
            ? new PeerAddress(node.Number, host, node.Port, node.Line).Holder
            : node.Holder;

    // An address is this machine's when a socket can be bound to it. Linux with net.ipv4.ip_nonlocal_bind says so of every address.
    private static bool IsLocal(PeerAddress node)
    {
        if (!NameLookup.Resolve(node.Host, 1, out SocketAddress address))
        {
            return false;
        }

        address.Port = 0;
        int descriptor = Socket.Create(address.Family);
        if (descriptor < 0)
        {
            return false;
        }

        int result = Socket.Bind(descriptor, ref address);
        Descriptor.Close(descriptor);
        return result >= 0;
    }
}
