using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>MULTI, EXEC, DISCARD, WATCH, UNWATCH.</summary>
internal static unsafe class TransactionCommands
{
    /// <summary>MULTI.</summary>
    public static void Multi(CommandContext call)
    {
        if ((call.Connection->Flags & RespFlags.InTransaction) != 0)
        {
            call.ReplyError("ERR MULTI calls can not be nested"u8);
            return;
        }

        _ = call.Session;
        call.Connection->Flags |= RespFlags.InTransaction;
        call.Reply.Ok();
    }

    /// <summary>
    /// EXEC: takes the partitions of all queued and all watched keys in ascending order and holds them
    /// until the last command has run, so that no other thread sees or changes anything in between.
    /// </summary>
    public static void Exec(CommandContext call)
    {
        RespFlags flags = call.Connection->Flags;
        if ((flags & RespFlags.InTransaction) == 0)
        {
            call.ReplyError("ERR EXEC without MULTI"u8);
            return;
        }

        if ((flags & RespFlags.TransactionFailed) != 0)
        {
            call.ReplyError("EXECABORT Transaction discarded because of previous errors."u8);
            End(call);
            return;
        }

        Transaction* transaction = &call.Session->Transaction;
        if (transaction->IsLong && call.DeferLong())
        {
            return;
        }

        StoreAccess access = call.Access;
        access.LockPartitions(transaction->Partitions | transaction->WatchedPartitions);
        access.InTransaction = true;
        access.Group.Begin(oneRecord: false);
        call.Thread.Output.HoldSending = true;
        if (transaction->HasChanged(access))
        {
            call.Reply.NullArray();
        }
        else
        {
            transaction->Unwatch(call);
            call.Reply.Array(transaction->Count);
            for (QueuedCommand* queued = transaction->First; queued != null; queued = queued->Next)
            {
                CommandDispatch.RunQueued(call, queued);
            }
        }

        call.Thread.Output.HoldSending = false;
        access.Group.End();
        call.Events.EndGroup();
        access.InTransaction = false;
        access.UnlockAll();
        FollowCommands.ChangeRole(call);
        ConfigCommands.RewriteLater(call);
        End(call);
    }

    /// <summary>DISCARD.</summary>
    public static void Discard(CommandContext call)
    {
        if ((call.Connection->Flags & RespFlags.InTransaction) == 0)
        {
            call.ReplyError("ERR DISCARD without MULTI"u8);
            return;
        }

        End(call);
        call.Reply.Ok();
    }

    /// <summary>WATCH key [key …].</summary>
    public static void Watch(CommandContext call)
    {
        if ((call.Connection->Flags & RespFlags.InTransaction) != 0)
        {
            call.ReplyError("ERR WATCH inside MULTI is not allowed"u8);
            return;
        }

        Transaction* transaction = &call.Session->Transaction;
        if (!transaction->IsDirty)
        {
            long bytes = transaction->WatchedBytes;
            for (int i = 1; i < call.Count; i++)
            {
                bytes += call.Arguments[i].Length;
            }

            if (transaction->Watched + call.Count - 1 > Transaction.MostWatched || bytes > Transaction.MostWatchedBytes)
            {
                call.ReplyError("ERR a connection may watch at most 10000 keys of 16mb together"u8);
                return;
            }

            for (int i = 1; i < call.Count; i++)
            {
                if (!transaction->TryWatch(call, call.Arguments + i, call.HashOf(call.Arguments + i)))
                {
                    call.ReplyError(RespSession.NoRoom);
                    return;
                }
            }
        }

        call.Reply.Ok();
    }

    /// <summary>UNWATCH.</summary>
    public static void Unwatch(CommandContext call)
    {
        if (call.ExistingSession != null)
        {
            call.ExistingSession->Transaction.Unwatch(call);
        }

        call.Reply.Ok();
    }

    /// <summary>An EXEC that was refused before it could begin: the transaction is over.</summary>
    /// <param name="call">The call.</param>
    /// <param name="reason">Why; without <c>ERR</c> in front.</param>
    public static void Abort(CommandContext call, ReadOnlySpan<byte> reason)
    {
        End(call);
        call.ReplyErrorAbout("EXECABORT Transaction discarded because of: "u8, reason, default);
    }

    /// <summary>Forgets what was queued and watched.</summary>
    public static void End(CommandContext call)
    {
        call.Connection->Flags &= ~(RespFlags.InTransaction | RespFlags.TransactionFailed);
        RespSession* session = call.ExistingSession;
        if (session != null)
        {
            session->Transaction.Clear(call.Thread.Server.Buffers);
            session->Transaction.Unwatch(call);
        }
    }
}
