using System;
using System.Threading;

namespace Epollsrv.Ring;

/// <summary>
/// The password that nodes of one ring share: sent to a node of ours that asks for one, never to a C node. Set at start,
/// before the first <see cref="RingClient"/> or <see cref="PeerTransfer"/>,
/// and changed while a node runs by <see cref="Change"/>; empty: none.
/// </summary>
internal static class RingPassword
{
    /// <summary>The password's bytes, at most 255.</summary>
    public static byte[] Value { get; set; } = [];

    /// <summary>The password before the last change, which nodes that were not told yet still have; empty: none.</summary>
    public static byte[] Previous { get; private set; } = [];

    /// <summary>How often it was changed: a connection opened at another count was opened with another password. Any thread.</summary>
    public static int Changes => Volatile.Read(ref _changes); // pairs with Change

    private static string[] _trusted = [];
    private static int _changes;

    /// <summary>The own node has another password from now on. One thread at a time.</summary>
    /// <param name="password">Empty: it wants none any more; others may still want the old one.</param>
    public static void Change(byte[] password)
    {
        if (password.Length > 0 && !Value.AsSpan().SequenceEqual(password))
        {
            Previous = Value;
            Value = password;
            Volatile.Write(ref _changes, _changes + 1); // pairs with Changes: who sees the count sees the passwords
        }
    }

    /// <summary>
    /// Says which nodes may be told the password: those the user named. Who registers a file can put any address into
    /// the ring, and must not learn the password by being asked for it. Looks names up. Set once, with the password.
    /// </summary>
    public static void Trust(PeerAddress[] nodes)
    {
        _trusted = new string[nodes.Length];
        for (int i = 0; i < nodes.Length && Value.Length > 0; i++)
        {
            _trusted[i] = System.Text.Encoding.UTF8.GetString(OwnAddress.Holder(nodes[i]));
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
