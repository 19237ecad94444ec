using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Cs;

/// <summary>Whether a connection may speak CS to a node with a password: CS has none of its own, so only by address (--cs-open).</summary>
internal static unsafe class CsAdmission
{
    // First byte of the connection's protocol state: not looked yet, admitted, refused.
    private const byte Admitted = 1;
    private const byte Refused = 2;

    // A wrong password was given and waits for its answer.
    private const byte Delayed = 3;

    /// <summary>Looks the peer up once per connection.</summary>
    public static bool IsAdmitted(Turn turn, NodeServices services)
    {
        if (*turn.ProtocolState == 0)
        {
            *turn.ProtocolState = services.CsOpenToAll || IsListed(turn.Connection->Descriptor, services.CsOpen) ? Admitted : Refused;
        }

        return *turn.ProtocolState == Admitted;
    }

    /// <summary>The connection gave the password.</summary>
    public static void Admit(Turn turn) => *turn.ProtocolState = Admitted;

    /// <summary>Whether a wrong password still has to wait; the second time it has waited.</summary>
    public static bool DelayRefusal(Turn turn)
    {
        bool first = *turn.ProtocolState != Delayed;
        *turn.ProtocolState = Delayed;
        return first;
    }

    private static bool IsListed(int descriptor, SocketAddress[] allowed)
    {
        if (allowed.Length == 0 || Socket.PeerAddress(descriptor, out SocketAddress peer) < 0)
        {
            return false;
        }

        for (int i = 0; i < allowed.Length; i++)
        {
            if (SameHost(ref peer, ref allowed[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool SameHost(ref SocketAddress left, ref SocketAddress right)
    {
        if (left.Family != right.Family || left.Family == SocketAddress.FamilyUnix)
        {
            return false;
        }

        int start = left.Family == SocketAddress.FamilyIPv4 ? 4 : 8;
        int length = left.Family == SocketAddress.FamilyIPv4 ? 4 : 16;
        fixed (byte* first = left.Data)
        fixed (byte* second = right.Data)
        {
            return new ReadOnlySpan<byte>(first + start, length).SequenceEqual(new ReadOnlySpan<byte>(second + start, length));
        }
    }
}
