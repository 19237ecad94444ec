using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <content>Reserved keys: what nodes of ours ask each other. All begin with byte 01.</content>
internal static unsafe partial class CsServer
{
    /// <summary>Takes a holder whose lease has ended out of a key's value, as a withdrawal does. Workers only.</summary>
    public static void EndLease(ProtocolContext context, byte* name, int nameLength, ReadOnlySpan<byte> holder, long now)
    {
        StoreAccess access = context.Access;
        ulong hash = access.Hash(name, nameLength);
        access.Enter(hash);
        if (context.Services.Leases.End(hash, new ReadOnlySpan<byte>(name, nameLength), holder, now))
        {
            // Only from a value that CS wrote: what RESP put in its place has nothing to do with it.
            Entry* entry = access.FindForWrite(name, nameLength, hash);
            if (entry != null && (entry->Flags & EntryFlags.CsMark) != 0)
            {
                _ = Withdraw(access, entry, hash, holder);
            }
        }

        access.Leave();
    }

    // The answer to a GET of a reserved key; false: it is none, but a key like any other.
    private static bool GetReserved(Turn turn, ProtocolContext context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        if (key.SequenceEqual(CsFrame.IdentityKey))
        {
            Identify(turn, context, frame, default);
            return true;
        }

        if (key.SequenceEqual(CsFrame.RenewKey))
        {
            Reply(turn, frame, context.Services.Leases.Renew(CsFrame.Value(Frame(frame)), turn.Started) ? CsFrame.Ok : CsFrame.Error);
            return true;
        }

        bool all = key.StartsWith(CsFrame.HoldersKey);
        if (!all && !key.StartsWith(CsFrame.LeasesKey))
        {
            return false;
        }

        Span<byte> lines = stackalloc byte[CsFrame.Size];
        lines = lines[..CsFrame.ReplyCapacity(key.Length)];
        ReadOnlySpan<byte> name = key[(all ? CsFrame.HoldersKey : CsFrame.LeasesKey).Length..];
        ulong hash = HashOf(context, name);
        int length = all ? ListStored(context, hash, name, lines) : context.Services.Leases.List(hash, name, partial: false, lines);
        length += all ? context.Services.Leases.List(hash, name, partial: true, lines[length..]) : 0;
        if (length == 0)
        {
            Reply(turn, frame, CsFrame.Error);
            return true;
        }

        CsFrame.WriteGetReply(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size), lines[..length]);
        turn.Advance(CsFrame.Size);
        return true;
    }

    // A key's holders, one a line, as many as fit.
    private static int ListStored(ProtocolContext context, ulong hash, ReadOnlySpan<byte> name, Span<byte> lines)
    {
        int length = 0;
        StoreAccess access = context.Access;
        fixed (byte* bytes = name)
        {
            access.Enter(hash);
            Entry* entry = access.Find(bytes, name.Length, hash);
            ReadOnlySpan<byte> list = entry == null || entry->ValueLength > HolderList.LongestList ? default : entry->Value;
            int position = 0;
            while (HolderList.Next(list, ref position, out Range host, out Range port) && list[host].Length + list[port].Length + 2 <= lines.Length - length)
            {
                list[host].CopyTo(lines[length..]);
                length += list[host].Length;
                lines[length++] = (byte)' ';
                list[port].CopyTo(lines[length..]);
                length += list[port].Length;
                lines[length++] = (byte)'\n';
            }

            access.Leave();
        }

        return length;
    }

    // A PUT or DEL of a part of a file. False: the key is like any other.
    private static bool ChangePartial(Turn turn, ProtocolContext context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        if (!key.StartsWith(CsFrame.PartialKey))
        {
            return false;
        }

        ReadOnlySpan<byte> name = key[CsFrame.PartialKey.Length..];
        ReadOnlySpan<byte> holder = CsFrame.Value(Frame(frame));
        LeaseTable leases = context.Services.Leases;
        ulong hash = HashOf(context, name);
        bool done = !name.IsEmpty && IsOneHolder(holder)
            && (frame[CsFrame.CommandOffset] == CsFrame.Put
                ? leases.Add(hash, name, holder, partial: true, turn.Started) : leases.Remove(hash, name, holder, onlyPartial: true));
        turn.Server.EnsureTick();
        Reply(turn, frame, done ? CsFrame.Ok : CsFrame.Error);
        return true;
    }

    // After a PUT that was done, with the key's partition held. listed: the holder stood in the value before.
    private static void NoteRegistration(Turn turn, LeaseTable leases, ulong hash, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, byte flags, bool listed)
    {
        if ((flags & CsFrame.FlagLease) == 0 || !IsOneHolder(value))
        {
            // For good: that wins over a lease.
            bool replaced = (flags & CsFrame.FlagReplace) != 0;
            if (replaced || !value.IsEmpty)
            {
                _ = leases.Remove(hash, name, replaced ? default : value);
            }
        }
        else if (listed)
        {
            _ = leases.Renew(value, turn.Started);
        }
        else if (leases.Add(hash, name, value, partial: false, turn.Started))
        {
            turn.Server.EnsureTick();
        }
    }

    // "ADDRESS PORT" and nothing else, so that one holder has one spelling.
    private static bool IsOneHolder(ReadOnlySpan<byte> value)
        => HolderList.IsList(value) && value.IndexOfAnyInRange((byte)0, (byte)' ') == value.LastIndexOfAnyInRange((byte)0, (byte)' ');

    private static ulong HashOf(ProtocolContext context, ReadOnlySpan<byte> name)
    {
        fixed (byte* bytes = name)
        {
            return context.Access.Hash(bytes, name.Length);
        }
    }
}
