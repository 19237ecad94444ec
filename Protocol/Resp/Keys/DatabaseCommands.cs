using System;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>SELECT, SWAPDB, MOVE.</summary>
internal static unsafe class DatabaseCommands
{
    /// <summary>SELECT index.</summary>
    public static void Select(CommandContext call)
    {
        if (!call.TryReadInt(1, out int database))
        {
            return;
        }

        if (!Exists(call, database))
        {
            ReplyOutOfRange(call, database);
        }
        else if (!call.TrySelect(database))
        {
            call.ReplyOutOfMemory();
        }
        else
        {
            call.Reply.Ok();
        }
    }

    /// <summary>SWAPDB index1 index2: one point in time for everybody.</summary>
    public static void Swap(CommandContext call)
    {
        if (!TryReadIndex(call, 1, "ERR invalid first DB index"u8, out int first)
            || !TryReadIndex(call, 2, "ERR invalid second DB index"u8, out int second))
        {
            return;
        }

        if (!Exists(call, first) || !Exists(call, second))
        {
            ReplyOutOfRange(call, Exists(call, first) ? second : first);
        }
        else if (first != second && !call.Access.TrySwap(first, second, new ChangeNote(ChangeName.None, isVerbatim: true)))
        {
            call.ReplyOutOfMemory();
        }
        else
        {
            call.Reply.Ok();
        }
    }

    /// <summary>MOVE key db.</summary>
    public static void Move(CommandContext call)
    {
        if (!TryReadTarget(call, 2, out int database))
        {
            return;
        }

        if (database == call.Access.Database)
        {
            call.ReplyError(CopyCommands.SameObjects);
            return;
        }

        Argument* key = call.Arguments + 1;
        call.LockOne();
        KeyTransfer transfer = new(call, key, key, database);
        TransferOutcome outcome = transfer.Run(TransferKind.Move, onlyIfNone: true);
        call.UnlockKeys();
        CopyCommands.ReplyWhetherDone(call, outcome);
    }

    /// <summary>Reads the number of a database that another key goes to; false: the error is written.</summary>
    public static bool TryReadTarget(CommandContext call, int argument, out int database)
    {
        if (!call.TryReadInt(argument, out database))
        {
            return false;
        }

        if (!Exists(call, database))
        {
            ReplyOutOfRange(call, database);
            return false;
        }

        return true;
    }

    private static bool TryReadIndex(CommandContext call, int argument, ReadOnlySpan<byte> complaint, out int index)
    {
        index = 0;
        if (!call.TryReadInteger(call.Arguments + argument, complaint, out long number))
        {
            return false;
        }

        if (number is < int.MinValue or > int.MaxValue)
        {
            call.ReplyError(complaint);
            return false;
        }

        index = (int)number;
        return true;
    }

    private static void ReplyOutOfRange(CommandContext call, int database)
    {
        call.Replay?.NoteMissingDatabase(database);
        call.ReplyError("ERR DB index is out of range"u8);
    }

    private static bool Exists(CommandContext call, int database) => database >= 0 && database < call.Access.Store.DatabaseCount;
}
