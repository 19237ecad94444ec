using System;
using System.Collections.Generic;
using System.Text;

using Epollsrv.Protocol.Cs;

namespace Epollsrv.Ring;

/// <summary>A stored list of holders as peers to connect to.</summary>
internal static class Holders
{
    /// <summary>The peers in the order of the list, numbered from 1; what
    /// is no holder is passed over. A peer may be listed twice.</summary>
    public static PeerAddress[] Parse(ReadOnlySpan<byte> list)
    {
        return Parse(list, out _);
    }

    /// <summary>The same, and which of them have only a part of the file (the word "partial" behind the port).</summary>
    public static PeerAddress[] Parse(ReadOnlySpan<byte> list, out bool[] partial)
    {
        List<PeerAddress> peers = [];
        partial = new bool[list.Length];
        int position = 0;
        while (HolderList.Next(list, ref position, out Range host, out Range port))
        {
            string name = Encoding.ASCII.GetString(list[host]).Trim('[', ']');
            if (name.StartsWith(PeerAddress.UnixPrefix, StringComparison.Ordinal))
            {
                // Whoever may register must not choose a socket of this machine for us to talk to.
                continue;
            }

            peers.Add(new PeerAddress(peers.Count + 1, name, Number(list[port]), 0));
            partial[peers.Count - 1] = list[position..].StartsWith(" partial\n"u8);
        }

        partial = partial.AsSpan(0, peers.Count).ToArray();

        return peers.ToArray();
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        int number = 0;
        foreach (byte digit in digits)
        {
            number = (10 * number) + digit - '0';
        }

        return number;
    }
}
