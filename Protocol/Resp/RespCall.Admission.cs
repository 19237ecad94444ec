using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <content>What the connection's and the node's state says to a command before it runs, in the order of Redis's processCommand.</content>
internal sealed unsafe partial class RespCall
{
    private const CommandFlags OnKeys = CommandFlags.Write | CommandFlags.ReadOnly | CommandFlags.PausedAsWrite;

    // Whether the connection and the node let this command through now. False: it was answered, queued, or waits.
    private bool IsAllowed(Command* command)
    {
        RespFlags flags = Connection->Flags;
        if ((flags & RespFlags.NeedsPassword) != 0 && (command->Flags & CommandFlags.NoAuth) == 0)
        {
            Refuse(command, "NOAUTH Authentication required."u8, "NOAUTH Authentication required."u8);
            return false;
        }

        if ((flags & RespFlags.InTransaction) != 0 && (command->Flags & CommandFlags.NoMulti) != 0)
        {
            Refuse(command, "ERR Command not allowed inside a transaction"u8, default);
            return false;
        }

        if (Access.Store.MaxMemory != 0 && IsRefusedForMemory(command))
        {
            Refuse(command, OutOfMemory, OutOfMemory);
            return false;
        }

        if ((flags & (RespFlags.Subscribed | RespFlags.Version3)) == RespFlags.Subscribed && (command->Flags & CommandFlags.WhileSubscribed) == 0)
        {
            Reject(command, "ERR Can't execute '"u8, "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"u8);
            return false;
        }

        if ((flags & RespFlags.Monitor) != 0 && (command->Flags & OnKeys) != 0)
        {
            Refuse(command, "ERR Replica can't interact with the keyspace"u8, "Replica can't interact with the keyspace"u8);
            return false;
        }

        if (Node.Pause.Holds(this, command))
        {
            Turn.PauseInput();
            return false;
        }

        if ((flags & RespFlags.InTransaction) != 0 && (command->Flags & CommandFlags.NeverQueued) == 0)
        {
            Queue(command);
            return false;
        }

        return true;
    }

    // What is queued takes memory as well, so that in a transaction everything is refused that does not end it. Outside of one the store itself
    // says when there is nothing left for a value, except after the maximum was lowered below what is in use: then nothing is written any more.
    private bool IsRefusedForMemory(Command* command)
    {
        KeyValueStore store = Access.Store;
        if ((Connection->Flags & RespFlags.InTransaction) == 0)
        {
            return (command->Flags & CommandFlags.DenyOutOfMemory) != 0 && store.IsOverMaximum && store.IsOutOfMemory;
        }

        if (!store.IsOutOfMemory)
        {
            return false;
        }

        ReadOnlySpan<byte> name = command->Name;
        return name.SequenceEqual("exec"u8)
            ? (Session.Transaction.Flags & CommandFlags.DenyOutOfMemory) != 0
            : !name.SequenceEqual("discard"u8) && !name.SequenceEqual("quit"u8) && !name.SequenceEqual("reset"u8);
    }

    // Refuses a command with an error that names it; the text begins with "ERR ", which an aborted EXEC leaves away.
    private void Reject(Command* command, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        Span<byte> text = stackalloc byte[256];
        int length = 0;
        Append(text, ref length, before);
        Append(text, ref length, command->Name);
        Append(text, ref length, after);
        Refuse(command, text[..length], text[4..length]);
    }

    // Refuses a command; a refused EXEC ends its transaction and says why.
    private void Refuse(Command* command, ReadOnlySpan<byte> text, ReadOnlySpan<byte> abortReason)
    {
        Refuse(command);
        if (command->Name.SequenceEqual("exec"u8))
        {
            TransactionCommands.Abort(this, abortReason);
        }
        else
        {
            ReplyError(text);
        }
    }

    // Between MULTI and EXEC. What cannot run any more is not kept (Redis: queueMultiCommand).
    private void Queue(Command* command)
    {
        Transaction transaction = Session.Transaction;
        if ((Connection->Flags & RespFlags.TransactionFailed) == 0 && !transaction.IsDirty)
        {
            long size = QueuedCommand.SizeFor(Arguments, Count);
            BufferPool pool = Turn.Server.Buffers;
            if (transaction.Bytes + size > Services.MaxRequest || size > 1 << 30)
            {
                // Redis ends such a connection too (client-query-buffer-limit).
                Refuse(command, "ERR queued commands are longer than max-request"u8, default);
                transaction.Clear(pool);
                Turn.CloseAfterFlush();
                return;
            }

            if (pool.InUse + size > pool.Limit)
            {
                Refuse(command, "OOM queued commands of all connections passed max-buffers"u8, default);
                transaction.Clear(pool);
                return;
            }

            transaction.Add(this, command, (int)size);
        }

        ReplySimple("QUEUED"u8);
    }

    /// <summary>Runs one command of an EXEC.</summary>
    public void RunQueued(QueuedCommand* queued)
    {
        Run(queued->Command, QueuedCommand.Arguments(queued), queued->Count);
        if (Node.Monitors.Count != 0)
        {
            Node.Monitors.Show(this, queued->Command, QueuedCommand.Arguments(queued), queued->Count);
        }
    }

    private void ShowMonitors(Command* command)
    {
        if (Node.Monitors.Count != 0 && !Turn.Deferred && !Turn.PauseRequested)
        {
            Node.Monitors.Show(this, command, Arguments, Count);
        }
    }

    // What had to wait until the command was answered.
    private void Settle()
    {
        if (_ownCount != 0)
        {
            DeliverOwn();
        }

        if (Collector->Length != 0)
        {
            PublishEvents();
        }
    }
}
