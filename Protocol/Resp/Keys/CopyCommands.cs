using System;

namespace Epollsrv.Protocol.Resp;

/// <summary>RENAME, RENAMENX, COPY.</summary>
internal static unsafe class CopyCommands
{
    /// <summary>The error of a key that is to become itself.</summary>
    public static ReadOnlySpan<byte> SameObjects => "ERR source and destination objects are the same"u8;

    /// <summary>RENAME key newkey.</summary>
    public static void Rename(CommandContext call) => Rename(call, onlyIfNone: false);

    /// <summary>RENAMENX key newkey.</summary>
    public static void RenameNx(CommandContext call) => Rename(call, onlyIfNone: true);

    /// <summary>COPY source destination [DB destination-db] [REPLACE].</summary>
    public static void Copy(CommandContext call)
    {
        bool replace = false;
        int database = call.Access.Database;
        for (int i = 3; i < call.Count; i++)
        {
            if (call.Arguments[i].Is("replace"u8))
            {
                replace = true;
            }
            else if (call.Arguments[i].Is("db"u8) && i + 1 < call.Count)
            {
                if (!DatabaseCommands.TryReadTarget(call, ++i, out database))
                {
                    return;
                }
            }
            else
            {
                call.ReplySyntaxError();
                return;
            }
        }

        Argument* from = call.Arguments + 1;
        Argument* to = call.Arguments + 2;
        if (database == call.Access.Database && from->Span.SequenceEqual(to->Span))
        {
            call.ReplyError(SameObjects);
            return;
        }

        call.LockPair();
        TransferOutcome outcome = new KeyTransfer(call, from, to, database).Run(TransferKind.Copy, onlyIfNone: !replace);
        call.UnlockKeys();
        ReplyWhetherDone(call, outcome);
    }

    /// <summary>The reply of a command that puts a key elsewhere: 1 done, 0 not, or that memory is out.</summary>
    public static void ReplyWhetherDone(CommandContext call, TransferOutcome outcome)
    {
        if (outcome == TransferOutcome.Refused)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.TellSelf();
        call.Reply.Integer(outcome == TransferOutcome.Done ? 1 : 0);
    }

    private static void Rename(CommandContext call, bool onlyIfNone)
    {
        Argument* from = call.Arguments + 1;
        Argument* to = call.Arguments + 2;
        bool same = from->Span.SequenceEqual(to->Span);
        call.LockPair();
        TransferOutcome outcome = same
            ? Look(call, from)
            : new KeyTransfer(call, from, to, call.Access.Database).Run(TransferKind.Rename, onlyIfNone);
        call.UnlockKeys();
        if (outcome == TransferOutcome.NoSource)
        {
            call.ReplyError("ERR no such key"u8);
            return;
        }

        if (outcome == TransferOutcome.Refused)
        {
            call.ReplyOutOfMemory();
            return;
        }

        call.TellSelf();
        if (onlyIfNone)
        {
            call.Reply.Integer(outcome == TransferOutcome.Done && !same ? 1 : 0);
        }
        else
        {
            call.Reply.Ok();
        }
    }

    private static TransferOutcome Look(CommandContext call, Argument* key)
    {
        call.Access.Lock(call.Hashes[0]);
        bool found = call.Access.Keys.LookupWrite(key->Data, key->Length, call.Hashes[0]) != null;
        call.Access.Unlock();
        return found ? TransferOutcome.Done : TransferOutcome.NoSource;
    }
}
