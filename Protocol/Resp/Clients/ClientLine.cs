using System;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Resp;

/// <summary>A connection's line in CLIENT LIST and CLIENT INFO, with the fields
/// of Redis 7.0 in their order and 7.2's lib-name and lib-ver.</summary>
internal static unsafe class ClientLine
{
    /// <summary>Adds the line of a connection; nothing when it has ended.</summary>
    public static void Append(ref ReplyBuffer text, CommandContext call, in ClientView view)
    {
        ConnectionSlot* slot = view.Slot;
        string? peer = ClientAddress.Peer(slot);
        string? local = ClientAddress.Local(slot);
        if (peer is null || local is null || !view.IsStillThere)
        {
            return;
        }

        uint now = call.Thread.Server.Milliseconds(call.Thread.Started);
        RespSession nothing = default;
        RespSession* session = view.Session == null ? &nothing : view.Session;
        RespSessionTable sessions = call.Resp.Sessions;
        long input = Math.Max(0, slot->InputLength);
        long inputFree = Math.Max(0, slot->InputCapacity - input);
        long arguments = 0;
        if (view.Token == call.Thread.Token)
        {
            // What asks is still in the input itself.
            input = call.BatchLength;
            inputFree = Math.Max(slot->InputCapacity, ThreadContext.ReceiveBytes) - Math.Min(input, ThreadContext.ReceiveBytes);
            for (int i = 0; i < call.Count; i++)
            {
                arguments += call.Arguments[i].Length;
            }
        }

        long output = Math.Max(0, slot->OutputBytes);
        long kept = session->KeptBytes;
        Field(ref text, "id="u8, view.Identifier);
        text.Add(" addr="u8);
        text.Add(peer);
        text.Add(" laddr="u8);
        text.Add(local);
        Field(ref text, " fd="u8, slot->Descriptor);
        text.Add(" name="u8);
        sessions.Append(ref text, ref session->Name);
        Field(ref text, " age="u8, Seconds(now, slot->Created));
        Field(ref text, " idle="u8, Seconds(now, slot->LastActive));
        text.Add(" flags="u8);
        AppendFlags(ref text, view, slot, local);
        Field(ref text, " db="u8, view.Database);
        Field(ref text, " sub="u8, session->Subscriptions.Count(ChannelKind.Channel));
        Field(ref text, " psub="u8, session->Subscriptions.Count(ChannelKind.Pattern));
        Field(ref text, " ssub="u8, session->Subscriptions.Count(ChannelKind.Shard));
        Field(ref text, " multi="u8, (view.Flags & RespFlags.InTransaction) != 0 ? session->Transaction.Count : -1);
        Field(ref text, " qbuf="u8, input);
        Field(ref text, " qbuf-free="u8, inputFree);
        Field(ref text, " argv-mem="u8, arguments);
        Field(ref text, " multi-mem="u8, session->Transaction.Bytes);
        text.Add(" rbs=0 rbp=0 obl=0"u8);
        Field(ref text, " oll="u8, output > 0 ? 1 : 0);
        Field(ref text, " omem="u8, output);
        Field(ref text, " tot-mem="u8, ConnectionSlot.Size + input + inputFree + Math.Max(0, slot->Held) + kept
            + PostedMessage.Waiting(slot));
        text.Add(output > 0 ? " events=rw cmd="u8 : " events=r cmd="u8);
        text.Add(view.LastCommand == 0 ? "NULL"u8 : CommandTable.At(view.LastCommand)->Name);
        text.Add(" user=default redir=-1 resp="u8);
        text.Add((byte)((view.Flags & RespFlags.Version3) != 0 ? '3' : '2'));
        text.Add(" lib-name="u8);
        sessions.Append(ref text, ref session->LibraryName);
        text.Add(" lib-ver="u8);
        sessions.Append(ref text, ref session->LibraryVersion);
        text.Add((byte)'\n');
    }

    private static void AppendFlags(ref ReplyBuffer text, in ClientView view, ConnectionSlot* slot, string local)
    {
        long before = text.Length;
        AppendFlag(ref text, view.IsReplica, 'S');
        AppendFlag(ref text, (view.Flags & RespFlags.Monitor) != 0, 'O');
        AppendFlag(ref text, view.IsSubscriber, 'P');
        AppendFlag(ref text, (view.Flags & RespFlags.InTransaction) != 0, 'x');
        AppendFlag(ref text, (slot->Flags & ConnectionFlags.Paused) != 0, 'b');
        AppendFlag(ref text, view.Session != null && view.Session->Transaction.IsDirty, 'd');
        AppendFlag(ref text, (slot->Flags & (ConnectionFlags.CloseAfterFlush | ConnectionFlags.Draining)) != 0, 'c');
        AppendFlag(ref text, local.EndsWith(":0", StringComparison.Ordinal), 'U');
        AppendFlag(ref text, (view.Flags & RespFlags.NoEvict) != 0, 'e');
        AppendFlag(ref text, (view.Flags & RespFlags.NoTouch) != 0, 'T');
        AppendFlag(ref text, text.Length == before, 'N');
    }

    private static void AppendFlag(ref ReplyBuffer text, bool set, char letter)
    {
        if (set)
        {
            text.Add((byte)letter);
        }
    }

    private static void Field(ref ReplyBuffer text, ReadOnlySpan<byte> name, long value)
    {
        text.Add(name);
        text.Add(value);
    }

    // The clock is modulo 2^32 milliseconds, and the other's may be a little ahead of ours.
    private static long Seconds(uint now, uint then) => Math.Max(0, (int)(now - then)) / 1000;
}
