using System;

namespace Epollsrv.Ring;

/// <summary>
/// The password that nodes of one ring share: sent to a node of ours that asks for one, never to a C node. Set once at start,
/// before the first <see cref="RingClient"/> or <see cref="PeerTransfer"/>; empty: none.
/// </summary>
internal static class RingPassword
{
    /// <summary>The password's bytes, at most 255.</summary>
    public static byte[] Value { get; set; } = [];

    private static string[] _trusted = [];

    /// <summary>
    /// Says which nodes may be told the password: those the user named. Who registers a file can put any address into the ring, and must not
    /// learn the password by being asked for it. Looks names up. Set once, with the password.
    /// </summary>
    public static void Trust(RingNode[] nodes)
    {
        _trusted = new string[nodes.Length];
        for (int i = 0; i < nodes.Length && Value.Length > 0; i++)
        {
            _trusted[i] = System.Text.Encoding.UTF8.GetString(OwnNode.Holder(nodes[i]));
        }
    }

    /// <summary>Whether a peer is one of the nodes of <see cref="Trust"/>.</summary>
    public static bool IsTrusted(string host, int port)
    {
        string peer = host + " " + port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach (string trusted in _trusted)
        {
            if (trusted == peer)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a node that identified itself like this has to be told the password first.</summary>
    public static bool IsWanted(ReadOnlySpan<byte> identity) => identity.IndexOf(Protocol.Cs.CsFrame.PasswordWanted) >= 0;
}
