using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>MULTI, EXEC, DISCARD, WATCH, UNWATCH.</summary>
internal static unsafe class TransactionCommands
{
    /// <summary>MULTI.</summary>
    public static void Multi(RespCall call)
    {
        if ((call.Connection->Flags & RespFlags.InTransaction) != 0)
        {
            call.ReplyError("ERR MULTI calls can not be nested"u8);
            return;
        }

        _ = call.Session.Transaction;
        call.Connection->Flags |= RespFlags.InTransaction;
        call.ReplyOk();
    }

    /// <summary>
    /// EXEC: takes the partitions of all queued and all watched keys in ascending order and holds them until the last command has run, so that no
    /// other thread sees or changes anything in between.
    /// </summary>
    public static void Exec(RespCall call)
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

        Transaction transaction = call.Session.Transaction;
        if (transaction.IsLong && call.DeferLong())
        {
            return;
        }

        StoreAccess access = call.Access;
        access.EnterMask(transaction.Partitions | transaction.WatchedPartitions);
        access.InTransaction = true;
        call.Turn.HoldOutput = true;
        if (transaction.HasChanged(access))
        {
            call.ReplyNullArray();
        }
        else
        {
            transaction.Unwatch(access);
            call.ReplyArray(transaction.Count);
            for (QueuedCommand* queued = transaction.First; queued != null; queued = queued->Next)
            {
                call.RunQueued(queued);
            }
        }

        call.Turn.HoldOutput = false;
        access.InTransaction = false;
        access.LeaveMany();
        End(call);
    }

    /// <summary>DISCARD.</summary>
    public static void Discard(RespCall call)
    {
        if ((call.Connection->Flags & RespFlags.InTransaction) == 0)
        {
            call.ReplyError("ERR DISCARD without MULTI"u8);
            return;
        }

        End(call);
        call.ReplyOk();
    }

    /// <summary>WATCH key [key …].</summary>
    public static void Watch(RespCall call)
    {
        if ((call.Connection->Flags & RespFlags.InTransaction) != 0)
        {
            call.ReplyError("ERR WATCH inside MULTI is not allowed"u8);
            return;
        }

        Transaction transaction = call.Session.Transaction;
        if (!transaction.IsDirty)
        {
            long bytes = transaction.WatchedBytes;
            for (int i = 1; i < call.Count; i++)
            {
                bytes += call.Arguments[i].Length;
            }

            if (transaction.Watched + call.Count - 1 > Transaction.MostWatched || bytes > Transaction.MostWatchedBytes)
            {
                call.ReplyError("ERR a connection may watch at most 10000 keys of 16mb together"u8);
                return;
            }

            for (int i = 1; i < call.Count; i++)
            {
                transaction.Watch(call.Access, call.Arguments + i, call.HashOf(call.Arguments + i));
            }
        }

        call.ReplyOk();
    }

    /// <summary>UNWATCH.</summary>
    public static void Unwatch(RespCall call)
    {
        call.ExistingSession?.ExistingTransaction?.Unwatch(call.Access);
        call.ReplyOk();
    }

    /// <summary>An EXEC that was refused before it could begin: the transaction is over.</summary>
    /// <param name="call">The call.</param>
    /// <param name="reason">Why; without <c>ERR</c> in front.</param>
    public static void Abort(RespCall call, ReadOnlySpan<byte> reason)
    {
        End(call);
        call.ReplyErrorAbout("EXECABORT Transaction discarded because of: "u8, reason, default);
    }

    /// <summary>Forgets what was queued and watched.</summary>
    public static void End(RespCall call)
    {
        call.Connection->Flags &= ~(RespFlags.InTransaction | RespFlags.TransactionFailed);
        if (call.ExistingSession?.ExistingTransaction is { } transaction)
        {
            transaction.Clear(call.Turn.Server.Buffers);
            transaction.Unwatch(call.Access);
        }
    }
}
