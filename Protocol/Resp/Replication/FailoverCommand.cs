using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>FAILOVER: hands the part of the master over to a replica, without losing a write.</summary>
internal static unsafe class FailoverCommand
{
    /// <summary>FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds].</summary>
    public static void Failover(CommandContext call)
    {
        if (call.Access.InTransaction)
        {
            // It waits for other threads, and these for the partitions that EXEC has locked.
            call.ReplyError("ERR FAILOVER is not possible inside a transaction"u8);
            return;
        }

        if (call.DeferLong() || !TryParse(call, out FailoverRequest request, out bool aborts))
        {
            return;
        }

        if (call.Common.Replication is not { } replication)
        {
            call.ReplyError("ERR this node cannot follow another"u8);
        }
        else if (aborts)
        {
            if (replication.AbortFailover())
            {
                call.Reply.Ok();
            }
            else
            {
                call.ReplyError("ERR No failover in progress."u8);
            }
        }
        else if (Refusal(call, replication, request) is { Length: > 0 } refusal)
        {
            call.ReplyError(refusal);
        }
        else if (replication.TryBeginFailover(request))
        {
            call.Reply.Ok();
        }
        else
        {
            call.ReplyError("ERR FAILOVER already in progress."u8);
        }
    }

    /// <summary>PSYNC … FAILOVER: the master follows this node from now on. What can be refused is refused before that: afterwards there
    /// would be two masters.</summary>
    public static bool TryTakeOver(CommandContext call)
    {
        ReplicationStatus status = call.Common.Replication?.Status ?? default;
        ReadOnlySpan<byte> name = call.Arguments[1].Span;
        if (status.PreviousHistory is { } former && !status.IsReplica && name.SequenceEqual(former))
        {
            // It asks again, because the answer was lost.
            return true;
        }

        ReadOnlySpan<byte> refusal = !call.Arguments[3].Is("failover"u8) || call.Count > 4 ? "ERR syntax error"u8
            : !status.IsReplica || call.Common.Replication!.IsFailingOver ? "ERR PSYNC FAILOVER can't be sent to a master."u8
            : !name.SequenceEqual(call.Resp.Feed!.History) ? "ERR PSYNC FAILOVER replid must match my replid."u8
            : call.Resp.Feed.TryBegin() ? default : ReplicaCommands.NotKept;
        if (!refusal.IsEmpty)
        {
            call.ReplyError(refusal);
            return false;
        }

        call.Thread.Server.Log(6, "the master hands its part over to this node");
        call.Common.Replication!.Lead();
        if (call.Common.Replication.IsReplica)
        {
            // Its disk has to know of it first. The former master asks again.
            call.Thread.Abort();
            return false;
        }

        return true;
    }

    // In the order of Redis.
    private static ReadOnlySpan<byte> Refusal(CommandContext call, Replication replication, in FailoverRequest request)
    {
        Replicas replicas = call.Resp.Replicas;
        if (replication.IsFailingOver)
        {
            return "ERR FAILOVER already in progress."u8;
        }

        if (replication.IsReplica)
        {
            return "ERR FAILOVER is not valid when server is a replica."u8;
        }

        if (replicas.Count == 0)
        {
            return "ERR FAILOVER requires connected replicas."u8;
        }

        if (request.IsForced && (request.Timeout == 0 || request.Host is null))
        {
            return "ERR FAILOVER with force option requires both a timeout and target HOST and IP."u8;
        }

        if (request.Host is null)
        {
            return default;
        }

        ReplicaPlace? target = ReplicaPlace.Find(replicas, request.Host, request.Port);
        return target is null ? "ERR FAILOVER target HOST and PORT is not a replica."u8
            : target.IsOnline ? default : "ERR FAILOVER target replica is not online."u8;
    }

    private static bool TryParse(CommandContext call, out FailoverRequest request, out bool aborts)
    {
        request = default;
        aborts = false;
        bool hasTimeout = false;
        for (int i = 1; i < call.Count; i++)
        {
            Argument* word = call.Arguments + i;
            if (word->Is("timeout"u8) && i + 1 < call.Count && !hasTimeout)
            {
                if (!call.TryReadInteger(++i, out request.Timeout))
                {
                    return false;
                }

                hasTimeout = true;
                if (request.Timeout <= 0)
                {
                    call.ReplyError("ERR FAILOVER timeout must be greater than 0"u8);
                    return false;
                }
            }
            else if (word->Is("abort"u8) && call.Count == 2)
            {
                aborts = true;
            }
            else if (word->Is("to"u8) && i + 2 < call.Count && request.Host is null)
            {
                request.Host = word[1].Span.ToArray();
                if (!call.TryReadInteger(i + 2, out long port))
                {
                    return false;
                }

                request.Port = (int)Math.Clamp(port, -1, ushort.MaxValue + 1);
                i += 2;
            }
            else if (word->Is("force"u8) && !request.IsForced)
            {
                request.IsForced = true;
            }
            else
            {
                call.ReplySyntaxError();
                return false;
            }
        }

        return true;
    }
}
