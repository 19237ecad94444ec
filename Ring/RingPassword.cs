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

    /// <summary>Whether a node that identified itself like this has to be told the password first.</summary>
    public static bool IsWanted(ReadOnlySpan<byte> identity) => identity.IndexOf(Protocol.Cs.CsFrame.PasswordWanted) >= 0;
}
