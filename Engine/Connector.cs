using Epollsrv.Native;

namespace Epollsrv.Engine;

/// <summary>
/// Connections that the node makes to others: slots like those of clients, beside <see cref="ServerOptions.MaxClients"/>. Nobody waits for
/// the connection to be made: what its protocol writes is sent when it is there, and one that cannot be made ends as one that was reset. A
/// peer that never answers is found out by <see cref="ServerOptions.WriteTimeout"/> or a timer of the protocol. Event loop only.
/// </summary>
internal sealed unsafe class Connector(Server server)
{
    /// <summary>Slots beside those of clients.</summary>
    public const int Most = 8;

    /// <summary>The <see cref="ConnectionSlot.Listener"/> of connections that none accepted.</summary>
    public const byte Listener = byte.MaxValue;

    /// <summary>
    /// Begins to connect. The protocol gets a message of the kind <see cref="PostedMessage.Opened"/> first, and
    /// <see cref="ProtocolEntry.Ended"/> in any case.
    /// </summary>
    /// <param name="address">Where to.</param>
    /// <param name="protocol">The protocol that is spoken there.</param>
    /// <param name="token">The connection's.</param>
    /// <returns>0, or −errno when there is no connection.</returns>
    public int Connect(ref SocketAddress address, int protocol, out ulong token)
    {
        token = 0;
        int descriptor = Socket.Create(address.Family);
        if (descriptor < 0)
        {
            return descriptor;
        }

        Socket.NoDelay(descriptor);
        if (address.Family != SocketAddress.FamilyUnix)
        {
            Socket.KeepAlive(descriptor, server.Options.KeepAliveSeconds);
        }

        int result = Socket.Connect(descriptor, ref address);
        int index = result is 0 or -Errno.InProgress ? server.Connections.Take() : -1;
        if (index < 0)
        {
            Descriptor.Close(descriptor);
            return result is 0 or -Errno.InProgress ? -Errno.TooManyFiles : result;
        }

        ConnectionBeginning begin = new()
        {
            Descriptor = descriptor,
            Protocol = (byte)protocol,
            Listener = Listener,
            Flags = ConnectionFlags.HasSession,
        };
        result = ConnectionOpening.Open(server, index, begin, out token);
        if (result == 0 && !server.Signals.Post(token, null, PostedMessage.Opened))
        {
            _ = server.Signals.Kill(token);
        }

        return result;
    }
}
