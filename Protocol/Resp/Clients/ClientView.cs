using System.Threading;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// A connection as another thread sees it in passing: its owner may be changing it at the same moment, so numbers are hints,
/// each read whole. What has a generation is checked against it at the end, so that nothing of two connections is mixed.
/// </summary>
internal unsafe struct ClientView
{
    private ConnectionSlot* _slot;

    /// <summary>Names the connection.</summary>
    public ulong Token { get; private set; }

    /// <summary>Its number.</summary>
    public long Identifier { get; private set; }

    /// <summary>Its RESP state; none for a connection that speaks another protocol.</summary>
    public RespFlags Flags { get; private set; }

    /// <summary>Number of its last command, 0: none.</summary>
    public ushort LastCommand { get; private set; }

    /// <summary>The database it is at.</summary>
    public ushort Database { get; private set; }

    /// <summary>Its session, if it has one.</summary>
    public RespSession* Session { get; private set; }

    /// <summary>The slot, for its numbers.</summary>
    public readonly ConnectionSlot* Slot => _slot;

    /// <summary>Whether it has subscriptions.</summary>
    public readonly bool IsSubscriber => (Flags & RespFlags.Subscribed) != 0;

    /// <summary>Whether it is a replica.</summary>
    public readonly bool IsReplica => (Flags & RespFlags.Replica) != 0;

    /// <summary>Looks at the connection in a slot; false: there is none.</summary>
    public static bool TryTake(CommandContext call, int index, out ClientView view)
    {
        view = default;
        Server server = call.Thread.Server;
        ConnectionSlot* slot = server.Connections.At(index);
        if (!server.Connections.TryGetToken(index, out ulong token))
        {
            return false;
        }

        view._slot = slot;
        view.Token = token;
        view.Identifier = Volatile.Read(ref slot->Identifier); // pairs with nothing: a hint
        if (slot->Protocol == ProtocolNumber.Resp)
        {
            RespConnection* state = (RespConnection*)slot->ProtocolState;
            view.Flags = state->Flags;
            view.LastCommand = state->LastCommand;
            view.Database = state->Database;
            RespSession* session = call.Resp.Sessions.At(state->Session);
            view.Session = session != null && session->Token == view.Token ? session : null;
        }

        return view.IsStillThere;
    }

    /// <summary>Whether the connection has not ended since it was looked at.</summary>
    public readonly bool IsStillThere
        => ConnectionState.Generation(Volatile.Read(ref _slot->State)) == (uint)(Token >> 32); // pairs with ConnectionState.Close
}
