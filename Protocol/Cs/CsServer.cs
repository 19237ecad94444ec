using System;
using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <summary>The CS protocol's server part: frames in, frames out (docs/PROTOCOL.md). Runs on whatever thread owns the connection.</summary>
internal static unsafe partial class CsServer
{
    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Prefetch = &Prefetch, PrefetchMore = &PrefetchMore, Posted = &Posted };

    private static int Consume(Turn turn, byte* data, int length)
    {
        ProtocolContext context = ProtocolContext.Of(turn);
        bool allowed = !context.Services.RequiresPassword || CsAdmission.IsAdmitted(turn, context.Services);
        int consumed = 0;
        while (length - consumed >= CsFrame.Size && !turn.ShouldStop)
        {
            byte* frame = data + consumed;
            if (frame[0] != CsFrame.FirstByte || frame[1] != CsFrame.SecondByte)
            {
                // Out of step: no later byte can be trusted to begin a frame.
                Refuse(turn, frame);
                return length;
            }

            long errors = turn.Counters->CsErrors;
            if (!allowed)
            {
                allowed = Admit(turn, context, frame);
                if (turn.PauseRequested)
                {
                    break;
                }
            }
            else if (!Execute(turn, context, frame))
            {
                break;
            }

            consumed += CsFrame.Size;
            turn.Counters->CsRequests++;
            turn.Counters->Requests++;
            context.CountCs(frame[CsFrame.CommandOffset], failed: turn.Counters->CsErrors != errors);
        }

        context.Resp.PublishEvents();
        if (length - consumed is > 0 and < CsFrame.Size)
        {
            turn.NeedInput(CsFrame.Size);
        }

        return consumed;
    }

    private static ulong Prefetch(Turn turn, byte* data, int length)
    {
        if (length < CsFrame.Size)
        {
            return 0;
        }

        StoreAccess access = ProtocolContext.Of(turn).Access;
        ulong hash = access.Hash(data + CsFrame.KeyOffset, data[CsFrame.KeyLengthOffset]);
        access.Prefetch(hash);
        return hash;
    }

    private static void PrefetchMore(Turn turn, ulong hash) => ProtocolContext.Of(turn).Access.PrefetchRecords(hash);

    // Only the timer of a wrong password: the engine then looks at the frame again.
    private static void Posted(Turn turn, PostedMessage* message)
    {
    }

    // One frame. False: handed to a worker, not consumed.
    private static bool Execute(Turn turn, ProtocolContext context, byte* frame)
    {
        switch (frame[CsFrame.CommandOffset])
        {
            case CsFrame.Put:
                return Put(turn, context, frame);
            case CsFrame.Get:
                Get(turn, context, frame);
                return true;
            case CsFrame.Delete:
                Delete(turn, context, frame);
                return true;
            case CsFrame.PeerRequest:
                return SendFile(turn, context, frame);
            default:
                turn.Counters->ProtocolErrors++;
                Reply(turn, frame, CsFrame.Error);
                return true;
        }
    }

    private static void Get(Turn turn, ProtocolContext context, byte* frame)
    {
        byte* key = frame + CsFrame.KeyOffset;
        int keyLength = frame[CsFrame.KeyLengthOffset];
        if (keyLength > 0 && *key == CsFrame.ReservedByte && GetReserved(turn, context, frame))
        {
            return;
        }

        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);
        Span<byte> reply = new(turn.Reserve(CsFrame.Size), CsFrame.Size);
        access.Enter(hash);
        Entry* entry = access.Find(key, keyLength, hash);
        if (entry != null)
        {
            CsFrame.WriteGetReply(Frame(frame), reply, entry->Value);
            access.Leave();
        }
        else
        {
            access.Leave();
            turn.Counters->CsErrors++;
            CsFrame.WriteReply(Frame(frame), reply, CsFrame.Error);
        }

        turn.Advance(CsFrame.Size);
    }

    // False: handed to a worker, because a long value may have to be copied.
    private static bool Put(Turn turn, ProtocolContext context, byte* frame)
    {
        ReadOnlySpan<byte> value = CsFrame.Value(Frame(frame));
        byte flags = CsFrame.Flags(Frame(frame));
        byte* key = frame + CsFrame.KeyOffset;
        int keyLength = frame[CsFrame.KeyLengthOffset];
        if (keyLength > 0 && *key == CsFrame.ReservedByte && ChangePartial(turn, context, frame))
        {
            return true;
        }

        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);
        access.Enter(hash);
        Entry* entry = access.FindForWrite(key, keyLength, hash);
        if (entry != null && entry->ValueLength > Server.BulkBytes && turn.OnEventLoop)
        {
            access.Leave();
            return !turn.DeferLong();
        }

        bool done = true;
        LeaseTable leases = context.Services.Leases;
        bool listed = (flags & CsFrame.FlagLease) != 0 && entry != null && entry->ValueLength <= HolderList.LongestList
            && HolderList.ContainsAll(entry->Value, value) && !leases.Has(hash, new ReadOnlySpan<byte>(key, keyLength), value);
        if (entry == null || (flags & CsFrame.FlagReplace) != 0)
        {
            fixed (byte* bytes = value)
            {
                done = access.Set(key, keyLength, hash, bytes, value.Length, StoreAccess.NoExpiry, EntryFlags.CsMark) == StoreResult.Ok;
            }
        }
        else if ((flags & CsFrame.FlagIfAbsent) == 0)
        {
            done = Append(context, entry, hash, value);
        }

        if (done && ((flags & CsFrame.FlagLease) != 0 || leases.Count > 0))
        {
            NoteRegistration(turn, leases, hash, new ReadOnlySpan<byte>(key, keyLength), value, flags, listed);
        }

        access.Leave();
        Reply(turn, frame, done ? CsFrame.Ok : CsFrame.Error);
        return true;
    }

    // The list grows under the lock, in one step: two holders that register at once are both kept.
    private static bool Append(ProtocolContext context, Entry* entry, ulong hash, ReadOnlySpan<byte> value)
    {
        Span<byte> addition = stackalloc byte[HolderList.MaximumAddition];
        int length = HolderList.Append(entry->Value, value, addition);
        long before = entry->ValueLength;
        if (length > 0)
        {
            bool tooLong = before <= HolderList.LongestList && before + length > HolderList.LongestList && HolderList.IsList(value);
            if (tooLong || before + length > context.Services.MaxValue)
            {
                return false;
            }

            entry = context.Access.Resize(entry, hash, before + length);
            if (entry == null)
            {
                return false;
            }

            addition[..length].CopyTo(new Span<byte>(entry->ValuePointer + before, length));
        }

        StoreAccess.SetFlags(entry, EntryFlags.CsMark);
        return true;
    }

    private static void Delete(Turn turn, ProtocolContext context, byte* frame)
    {
        ReadOnlySpan<byte> holders = CsFrame.Value(Frame(frame));
        byte* key = frame + CsFrame.KeyOffset;
        int keyLength = frame[CsFrame.KeyLengthOffset];
        if (keyLength > 0 && *key == CsFrame.ReservedByte && ChangePartial(turn, context, frame))
        {
            return;
        }

        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);
        access.Enter(hash);
        if (context.Services.Leases.Count > 0)
        {
            _ = context.Services.Leases.Remove(hash, new ReadOnlySpan<byte>(key, keyLength), holders);
        }

        Entry* entry = access.FindForWrite(key, keyLength, hash);
        bool found = entry != null;
        if (found)
        {
            if (holders.IsEmpty)
            {
                access.Delete(entry, hash);
            }
            else
            {
                found = Withdraw(access, entry, hash, holders);
            }
        }

        access.Leave();
        Reply(turn, frame, found ? CsFrame.Ok : CsFrame.Error);
    }

    // Takes holders out in place: what stays moves forward, so the work buffer is the value itself. False: none was there.
    private static bool Withdraw(StoreAccess access, Entry* entry, ulong hash, ReadOnlySpan<byte> holders)
    {
        entry = entry->ValueLength > HolderList.LongestList ? null : access.Resize(entry, hash, entry->ValueLength);
        if (entry == null)
        {
            return false;
        }

        Span<byte> list = new(entry->ValuePointer, (int)entry->ValueLength);
        int kept = HolderList.Remove(list, holders, list);
        if (kept == 0)
        {
            // The C client breaks on an empty value: the last holder takes the key with it.
            access.Delete(entry, hash);
        }
        else if (kept > 0 && kept < list.Length)
        {
            _ = access.Resize(entry, hash, kept);
        }

        return kept >= 0;
    }

    private static void Refuse(Turn turn, byte* frame)
    {
        turn.Counters->ProtocolErrors++;
        Span<byte> reply = new(turn.Reserve(CsFrame.Size), CsFrame.Size);
        CsFrame.WriteRequest(reply, frame[CsFrame.CommandOffset], default, default);
        reply[CsFrame.StatusOffset] = CsFrame.Error;
        turn.Advance(CsFrame.Size);
        turn.CloseAfterFlush();
    }

    private static void Reply(Turn turn, byte* frame, byte status)
    {
        turn.Counters->CsErrors += status == CsFrame.Error ? 1 : 0;
        CsFrame.WriteReply(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size), status);
        turn.Advance(CsFrame.Size);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> Frame(byte* frame) => new(frame, CsFrame.Size);
}
