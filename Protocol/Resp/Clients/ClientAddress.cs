using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>Addresses of connections in Redis's form: <c>127.0.0.1:6379</c>, <c>[::1]:6379</c>, <c>/run/x.sock:0</c>.</summary>
internal static unsafe class ClientAddress
{
    /// <summary>The other side's address; a client of a Unix-domain socket has none of its own and is shown as the socket. Null: the
    /// connection is gone.</summary>
    public static string? Peer(ConnectionSlot* slot)
        => slot->PeerAddress(out SocketAddress address) < 0 ? null
            : address.Family == SocketAddress.FamilyUnix ? Local(slot)
            : address.ToString();

    /// <summary>Our side's address. Null: the connection is gone.</summary>
    public static string? Local(ConnectionSlot* slot)
        => slot->LocalAddress(out SocketAddress address) < 0 ? null
            : address.Family == SocketAddress.FamilyUnix ? string.Concat(address.UnixPath(), ":0")
            : address.ToString();

    /// <summary>Writes the other side's address as MONITOR shows it.</summary>
    public static void AppendPeer(ref ReplyBuffer text, ConnectionSlot* slot)
    {
        if (slot->PeerAddress(out SocketAddress address) >= 0)
        {
            text.Add(address.Family == SocketAddress.FamilyUnix
                ? "unix:" + (Local(slot) is { } path ? path[..^2] : string.Empty)
                : address.ToString());
        }
    }
}
