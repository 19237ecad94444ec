using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What the connection's and the node's state says to a client's command before it runs, in the order of Redis's processCommand.
/// </summary>
internal static unsafe class CommandAdmission
{
    private const CommandFlags OnKeys = CommandFlags.Write | CommandFlags.ReadOnly | CommandFlags.PausedAsWrite;

    /// <summary>Whether the connection and the node let this command through now. False: it was answered, queued, or waits.</summary>
    public static bool Allows(CommandContext call, Command* command)
    {
        RespFlags flags = call.Connection->Flags;
        if ((flags & RespFlags.NeedsPassword) != 0 && (command->Flags & CommandFlags.NoAuth) == 0)
        {
            Refuse(call, command, "NOAUTH Authentication required."u8, "NOAUTH Authentication required."u8);
            return false;
        }

        if ((flags & RespFlags.InTransaction) != 0 && (command->Flags & CommandFlags.NoMulti) != 0)
        {
            Refuse(call, command, "ERR Command not allowed inside a transaction"u8, default);
            return false;
        }

        if (call.Access.Store.MaxMemory != 0 && call.Access.Mode == AccessMode.Normal && IsRefusedForMemory(call, command))
        {
            Refuse(call, command, CommandErrors.OutOfMemory, CommandErrors.OutOfMemory);
            return false;
        }

        if (IsRefusedForData(call, command))
        {
            return false;
        }

        if (Writes(call, command) && HasTooFewReplicas(call))
        {
            Refuse(call, command, TooFewReplicas, TooFewReplicas);
            return false;
        }

        if ((flags & (RespFlags.Subscribed | RespFlags.Version3)) == RespFlags.Subscribed
            && (command->Flags & CommandFlags.WhileSubscribed) == 0)
        {
            Reject(
                call,
                command,
                "ERR Can't execute '"u8,
                "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"u8);
            return false;
        }

        if (call.Common.Replication is { RefusesReads: true } && IsRefusedWhenStale(call, command))
        {
            Refuse(call, command, MasterDown, MasterDown);
            return false;
        }

        if ((flags & RespFlags.Monitor) != 0 && (command->Flags & OnKeys) != 0)
        {
            Refuse(call, command, "ERR Replica can't interact with the keyspace"u8, "Replica can't interact with the keyspace"u8);
            return false;
        }

        if (call.Resp.Pause.Holds(call, command))
        {
            call.Thread.PauseInput();
            return false;
        }

        if ((flags & RespFlags.InTransaction) != 0 && (command->Flags & CommandFlags.NeverQueued) == 0)
        {
            Queue(call, command);
            return false;
        }

        return true;
    }

    // What is queued takes memory as well, so that in a transaction everything is refused that does not end it. Outside of one the store
    // itself says when there is nothing left for a value, except after the maximum was lowered below what is in use: then nothing is
    // written any more.
    private static bool IsRefusedForMemory(CommandContext call, Command* command)
    {
        KeyValueStore store = call.Access.Store;
        if ((call.Connection->Flags & RespFlags.InTransaction) == 0)
        {
            return (command->Flags & CommandFlags.DenyOutOfMemory) != 0 && store.IsOverMaximum && store.IsOutOfMemory;
        }

        if (!store.IsOutOfMemory)
        {
            return false;
        }

        ReadOnlySpan<byte> name = command->Name;
        return name.SequenceEqual("exec"u8)
            ? (call.Session->Transaction.Flags & CommandFlags.DenyOutOfMemory) != 0
            : !name.SequenceEqual("discard"u8) && !name.SequenceEqual("quit"u8) && !name.SequenceEqual("reset"u8);
    }

    // What the log cannot take is not done, what is not there yet is not shown, and what is a master's is not changed. PING too says that
    // the log cannot be written, as in Redis: who watches a node by it is to see that.
    private static bool IsRefusedForData(CommandContext call, Command* command)
    {
        ReadOnlySpan<byte> refusal = default;
        if (call.Common.IsLoading)
        {
            bool isExec = (call.Connection->Flags & RespFlags.InTransaction) != 0 && command->Name.SequenceEqual("exec"u8);
            refusal = (isExec ? call.Session->Transaction.DeniesLoading : DeniesLoading(command)) ? LoadingText : default;
        }
        else if (call.Common.Persistence is { WriteRefusal: { } broken }
            && (Writes(call, command) || command->Name.SequenceEqual("ping"u8)))
        {
            refusal = broken;
        }
        else if (call.Common.Replication is { RefusesWrites: true } && Writes(call, command))
        {
            refusal = ReadOnly;
        }

        if (!refusal.IsEmpty)
        {
            Refuse(call, command, refusal, refusal);
        }

        return !refusal.IsEmpty;
    }

    /// <summary>Whether a command is refused while the data are loaded. REPLICAOF decides by itself: it is the way out when a master's
    /// snapshot cannot be loaded.</summary>
    public static bool DeniesLoading(Command* command)
        => (command->Flags & CommandFlags.Loading) == 0 && !command->Name.SequenceEqual("replicaof"u8)
            && !command->Name.SequenceEqual("slaveof"u8);

    /// <summary>What is answered then.</summary>
    public static ReadOnlySpan<byte> LoadingText => "LOADING Redis is loading the dataset in memory"u8;

    private static ReadOnlySpan<byte> TooFewReplicas => "NOREPLICAS Not enough good replicas to write."u8;

    /// <summary>Whether writes are refused because too few replicas follow (min-replicas-to-write).</summary>
    public static bool HasTooFewReplicas(CommandContext call)
    {
        ReplicaOptions options = call.Resp.Options.Replicas;
        return options.FewestReplicas > 0 && options.LongestLag > 0 && call.Common.Replication is not { IsReplica: true }
            && call.Resp.Replicas.CountHeard((call.Thread.Started / 1_000_000) - (options.LongestLag * 1000)) < options.FewestReplicas;
    }

    private static ReadOnlySpan<byte> ReadOnly => "READONLY You can't write against a read only replica."u8;

    private static ReadOnlySpan<byte> MasterDown => "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."u8;

    // EXEC may be told to a stale replica, what it runs may not.
    private static bool IsRefusedWhenStale(CommandContext call, Command* command)
        => (command->Flags & CommandFlags.Stale) == 0
            || (command->Name.SequenceEqual("exec"u8) && (call.Connection->Flags & RespFlags.InTransaction) != 0
                && (call.Session->Transaction.Flags & (CommandFlags.Write | CommandFlags.ReadOnly)) != 0);

    private static bool Writes(CommandContext call, Command* command)
        => (command->Flags & CommandFlags.Write) != 0
            || ((call.Connection->Flags & RespFlags.InTransaction) != 0 && command->Name.SequenceEqual("exec"u8)
                && (call.Session->Transaction.Flags & CommandFlags.Write) != 0);

    /// <summary>Refuses a command with an error that names it; the text begins with "ERR ", which an aborted EXEC leaves away.</summary>
    public static void Reject(CommandContext call, Command* command, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        Span<byte> text = stackalloc byte[256];
        int length = 0;
        CommandErrors.Append(text, ref length, before);
        CommandErrors.Append(text, ref length, command->Name);
        CommandErrors.Append(text, ref length, after);
        Refuse(call, command, text[..length], text[4..length]);
    }

    /// <summary>Counts a command that is refused before it runs (null: there is none); a transaction cannot succeed any more.</summary>
    public static void NoteRefused(CommandContext call, Command* command)
    {
        if (command != null)
        {
            call.Statistics.Commands[command->Number].Rejected++;
            call.Command = null;
        }

        if ((call.Connection->Flags & RespFlags.InTransaction) != 0)
        {
            call.Connection->Flags |= RespFlags.TransactionFailed;
        }
    }

    // Refuses a command; a refused EXEC ends its transaction and says why.
    private static void Refuse(CommandContext call, Command* command, ReadOnlySpan<byte> text, ReadOnlySpan<byte> abortReason)
    {
        NoteRefused(call, command);
        if (command->Name.SequenceEqual("exec"u8))
        {
            TransactionCommands.Abort(call, abortReason);
        }
        else
        {
            call.ReplyError(text);
        }
    }

    // Between MULTI and EXEC. What cannot run any more is not kept (Redis: queueMultiCommand).
    private static void Queue(CommandContext call, Command* command)
    {
        Transaction* transaction = &call.Session->Transaction;
        if ((call.Connection->Flags & RespFlags.TransactionFailed) == 0 && !transaction->IsDirty)
        {
            long size = QueuedCommand.SizeFor(call.Arguments, call.Count);
            BufferPool pool = call.Thread.Server.Buffers;
            if (transaction->Bytes + size > call.Resp.Options.MaxRequest || size > 1 << 30)
            {
                // Redis ends such a connection too (client-query-buffer-limit).
                Refuse(call, command, "ERR queued commands are longer than max-request"u8, default);
                transaction->Clear(pool);
                call.Thread.CloseAfterFlush();
                return;
            }

            if (pool.InUse + size > pool.Limit && transaction->Bytes + size > pool.Limit / 2)
            {
                // More than half of what all may hold is its own: no other connection could be the one to give way.
                Refuse(call, command, "OOM queued commands of all connections passed max-buffers"u8, default);
                transaction->Clear(pool);
                return;
            }

            if (!transaction->TryAdd(call, command, (int)size))
            {
                Refuse(call, command, CommandErrors.OutOfMemory, default);
                transaction->Clear(pool);
                return;
            }

            if (pool.IsOverLimit)
            {
                call.Thread.Server.Loop.Wake();
            }
        }

        call.Reply.Simple("QUEUED"u8);
    }
}
