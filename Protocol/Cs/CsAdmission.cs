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
    public static bool IsAdmitted(Turn turn, CsOptions options)
    {
        if (*turn.ProtocolState == 0)
        {
            *turn.ProtocolState = options.OpenToAll || IsListed(turn, options.Open) ? Admitted : Refused;
        }

        return *turn.ProtocolState == Admitted;
    }

    /// <summary>The connection gave the password.</summary>
    public static void Admit(Turn turn) => *turn.ProtocolState = Admitted;

    /// <summary>Whether the connection's password was wrong and has waited for its answer.</summary>
    public static bool IsDelayed(Turn turn) => *turn.ProtocolState == Delayed;

    /// <summary>The connection waits because of its password.</summary>
    public static void Delay(Turn turn, PasswordVerdict verdict) => *turn.ProtocolState = verdict == PasswordVerdict.Wrong ? Delayed : Refused;

    private static bool IsListed(Turn turn, SocketAddress[] allowed)
    {
        if (allowed.Length == 0 || turn.Connection->PeerAddress(out SocketAddress peer) < 0)
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
