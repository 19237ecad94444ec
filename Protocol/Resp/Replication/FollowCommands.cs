using System;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>REPLICAOF and SLAVEOF.</summary>
internal static unsafe class FollowCommands
{
    /// <summary>REPLICAOF host port | NO ONE.</summary>
    public static void ReplicaOf(CommandContext call)
    {
        Argument* host = call.Arguments + 1;
        Argument* port = call.Arguments + 2;
        if (call.Common.Replication is not { } replication)
        {
            call.ReplyError("ERR this node cannot follow another"u8);
            return;
        }

        if (!call.Access.InTransaction && call.DeferLong())
        {
            return;
        }

        bool leads = host->Is("no"u8) && port->Is("one"u8);
        if (call.Common.Persistence is { IsLoading: true } || (leads && replication.IsLoading))
        {
            call.ReplyError(CommandAdmission.LoadingText);
            return;
        }

        if (replication.IsFailingOver)
        {
            call.ReplyError("ERR REPLICAOF not allowed while failing over."u8);
            return;
        }

        if (leads)
        {
            Change(call, replication, new RoleChange(null, 0));
            call.Reply.Ok();
            return;
        }

        if (!Numbers.TryParse(port->Data, port->Length, out long number) || number is < 0 or > 65535)
        {
            call.ReplyError("ERR Invalid master port"u8);
            return;
        }

        if (!replication.IsHost(host->Span))
        {
            call.ReplyError("ERR Invalid master host"u8);
        }
        else if (Change(call, replication, new RoleChange(host->Span.ToArray(), (int)number)))
        {
            call.Reply.Ok();
        }
        else
        {
            call.Reply.Simple("OK Already connected to specified master"u8);
        }
    }

    /// <summary>EXEC has given its partitions back: does what waited for that.</summary>
    public static void ChangeRole(CommandContext call)
    {
        if (call.RoleChange is { } change)
        {
            call.RoleChange = null;
            _ = Apply(call.Common.Replication!, change);
        }
    }

    // Inside EXEC the master's stream may wait for partitions that are locked, and the change for the stream: it comes afterwards.
    private static bool Change(CommandContext call, Replication replication, RoleChange change)
    {
        if (!call.Access.InTransaction)
        {
            return Apply(replication, change);
        }

        ReplicationStatus status = replication.Status;
        call.RoleChange = change;
        return status.MasterHost is null || change.Host is null || status.MasterPort != change.Port
            || !change.Host.AsSpan().SequenceEqual(status.MasterHost);
    }

    private static bool Apply(Replication replication, RoleChange change)
    {
        if (change.Host is not null)
        {
            return replication.Follow(change.Host, change.Port);
        }

        replication.Lead();
        return true;
    }
}
