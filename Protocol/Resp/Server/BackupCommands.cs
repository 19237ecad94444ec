using System;
using Epollsrv.Engine;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// What `redis-cli --rdb` and `--functions-rdb` send to take a backup from afar: REPLCONF and SYNC. There are no replicas.
/// </summary>
internal static unsafe class BackupCommands
{
    // Several transfers may share the limits of the node.
    private const long TransfersAtOnce = 8;

    /// <summary>REPLCONF option value …, of which only those about backups mean something.</summary>
    public static void ReplicaConfiguration(CommandContext call)
    {
        if (call.Count % 2 == 0)
        {
            call.ReplySyntaxError();
            return;
        }

        for (int i = 1; i < call.Count; i += 2)
        {
            Argument* name = call.Arguments + i;
            Argument* value = name + 1;
            if (name->Is("rdb-only"u8))
            {
                if (!call.TryReadInteger(i + 1, out long only))
                {
                    return;
                }

                Set(call, RespFlags.WantsBackup, only == 1);
            }
            else if (name->Is("rdb-filter-only"u8))
            {
                Set(call, RespFlags.WantsNoKeys, value->Length != 0);
            }
            else if (!name->Is("capa"u8) && !name->Is("listening-port"u8) && !name->Is("ip-address"u8) && !name->Is("version"u8))
            {
                call.ReplyErrorAbout("ERR Unrecognized REPLCONF option: "u8, name->Span, default);
                return;
            }
        }

        call.Reply.Ok();
    }

    /// <summary>SYNC after REPLCONF rdb-only 1: an RDB file, as one bulk string without the line end behind it.</summary>
    public static void Sync(CommandContext call)
    {
        RespFlags flags = call.Connection->Flags;
        if ((flags & (RespFlags.WantsBackup | RespFlags.WantsNoKeys)) == 0)
        {
            call.ReplyError("ERR replicas are not supported: SYNC is for redis-cli --rdb"u8);
            return;
        }

        if (call.Common.Persistence is not { } persistence)
        {
            call.ReplyError(SaveCommands.Nowhere);
            return;
        }

        if ((flags & RespFlags.WantsNoKeys) != 0)
        {
            // An RDB file of nothing, without a checksum.
            call.Thread.Output.Write("$18\r\nREDIS0009"u8);
            call.Thread.Output.Write([0xFF, 0, 0, 0, 0, 0, 0, 0, 0]);
            return;
        }

        if (call.DeferLong())
        {
            return;
        }

        int file = persistence.SaveUnnamed(out long length);

        // It shows all keys.
        call.Access.ObserveAll();
        if (file < 0)
        {
            call.ReplyError("ERR the snapshot could not be made: another one is under way, or the log of the node says why"u8);
            return;
        }

        byte* head = stackalloc byte[Numbers.Longest + 3];
        int written = 0;
        head[written++] = (byte)'$';
        written += Numbers.Write(head + written, length);
        head[written++] = (byte)'\r';
        head[written++] = (byte)'\n';
        call.Thread.Output.Write(head, written);
        call.Thread.WriteFile(file, 0, length);
        call.Thread.StopUntilFlushed();
        SetDeadline(call, length);
    }

    /// <summary>The time for a backup is over: its connection is closed when it has not taken all of it.</summary>
    public static void EndIfSlow(CommandContext call)
    {
        Set(call, RespFlags.SendsBackup, false);
        ConnectionSlot* slot = call.Thread.Connection;
        if (slot->OutputHead != null && (slot->Flags & ConnectionFlags.AwaitsFlush) != 0)
        {
            call.Thread.Server.Log(4, "a client takes a backup too slowly and is closed: the disk needs the room");
            _ = call.Thread.Server.Signals.Kill(call.Thread.Token);
        }
    }

    // The file has no name any more: the disk gets its room back only when it is sent.
    private static void SetDeadline(CommandContext call, long length)
    {
        RespOptions options = call.Resp.Options;
        long rate = options.BackupRate;
        rate = call.Thread.Server.Options.Pacing is { } pacing ? Math.Clamp(pacing.Least / TransfersAtOnce, 1, rate) : rate;
        Set(call, RespFlags.SendsBackup, true);
        call.Thread.SetTimer((int)Math.Min(int.MaxValue, options.BackupGrace + (length * 1000.0 / rate)));
    }

    private static void Set(CommandContext call, RespFlags flag, bool on)
        => call.Connection->Flags = on ? call.Connection->Flags | flag : call.Connection->Flags & ~flag;
}
