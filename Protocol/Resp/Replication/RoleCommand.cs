using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>ROLE: whether the node is a master or a replica, how far it is, and who follows or is followed.</summary>
internal static unsafe class RoleCommand
{
    private const int BulksOfReplica = 3;

    /// <summary>ROLE.</summary>
    public static void Role(CommandContext call)
    {
        if (call.Common.Replication is { IsReplica: true } replication)
        {
            ReplicationStatus status = replication.Status;
            call.Reply.Array(5);
            call.Reply.Bulk("slave"u8);
            call.Reply.Bulk(status.MasterHost);
            call.Reply.Integer(status.MasterPort);
            call.Reply.Bulk(NameOf(status.Link));
            call.Reply.Integer(status.Link == LinkState.Connected ? status.Position : -1);
            return;
        }

        // Their number is known at the end.
        ReplyBuffer list = default;
        try
        {
            call.Resp.Replicas.Visit(ref list, &Add);
            call.Reply.Array(3);
            call.Reply.Bulk("master"u8);
            call.Reply.Integer(call.Resp.Feed!.ShownPosition);
            call.Reply.Array(list.Count / BulksOfReplica);
            list.Send(call.Thread);
        }
        finally
        {
            list.Free();
        }
    }

    private static ReadOnlySpan<byte> NameOf(LinkState link) => link switch
    {
        LinkState.None => "none"u8,
        LinkState.Connect => "connect"u8,
        LinkState.Connecting => "connecting"u8,
        LinkState.Handshake => "handshake"u8,
        LinkState.Snapshot => "sync"u8,
        _ => "connected"u8,
    };

    private static void Add(ref ReplyBuffer list, Replica* replica)
    {
        if (replica->State is ReplicaState.Online or ReplicaState.Loaded)
        {
            byte* number = stackalloc byte[Numbers.Longest];
            list.Add("*3\r\n"u8);
            list.AddBulk(replica->Address, replica->AddressLength);
            list.AddBulk(number, Numbers.Write(number, replica->Port));
            list.AddBulk(number, Numbers.Write(number, replica->Acknowledged));
        }
    }
}
