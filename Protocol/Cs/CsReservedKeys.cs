using System;
using System.Buffers.Binary;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <content>Reserved keys: what nodes of ours ask each other. All begin with byte 01.</content>
internal static unsafe partial class CsServer
{
    // The answer to a GET of a reserved key; false: it is none, but a key like any other.
    internal static bool GetReserved(Turn turn, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        if (key.SequenceEqual(CsFrame.IdentityKey))
        {
            Identify(turn, context, frame);
            return true;
        }

        if (key.SequenceEqual(CsFrame.RenewKey))
        {
            Reply(turn, frame, context.Node.Registrations.Renew(CsFrame.Value(Frame(frame)), turn.Started) ? CsFrame.Ok : CsFrame.Error);
            return true;
        }

        Span<byte> text = stackalloc byte[CsFrame.Size];
        text = text[..CsFrame.ReplyCapacity(key.Length)];
        RegistrationTable registrations = context.Node.Registrations;
        int length;
        if (key.StartsWith(CsFrame.HoldersKey))
        {
            length = registrations.WriteLines(key[CsFrame.HoldersKey.Length..], partial: false, onlyLeases: false, text);
            length += registrations.WriteLines(key[CsFrame.HoldersKey.Length..], partial: true, onlyLeases: false, text[length..]);
        }
        else if (key.StartsWith(CsFrame.LeasesKey))
        {
            length = registrations.WriteLines(key[CsFrame.LeasesKey.Length..], partial: false, onlyLeases: true, text);
        }
        else if (key.SequenceEqual(CsFrame.FilesKey))
        {
            length = ListFiles(registrations, CsFrame.Value(Frame(frame)), text);
        }
        else
        {
            return false;
        }

        if (length == 0)
        {
            Reply(turn, frame, CsFrame.Error);
            return true;
        }

        CsFrame.WriteGetReply(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size), text[..length]);
        turn.Advance(CsFrame.Size);
        return true;
    }

    // The records of CsFrame.FilesKey.
    private static int ListFiles(RegistrationTable registrations, ReadOnlySpan<byte> after, Span<byte> text)
    {
        Span<byte> name = stackalloc byte[CsFrame.MaximumKey];
        Span<byte> lines = stackalloc byte[CsFrame.Size];
        int nameLength = after.IsEmpty ? -1 : after.Length;
        after.CopyTo(name);
        int length = 0;
        while (text.Length - length > CsFrame.FilesRecord + CsFrame.MaximumKey)
        {
            Span<byte> room = lines[..Math.Min(CsFrame.LongestFilesLines, text.Length - length - CsFrame.FilesRecord - CsFrame.MaximumKey)];
            if (!registrations.TryReadNext(name, ref nameLength, room, out int linesLength, out int holders))
            {
                break;
            }

            Span<byte> record = text[length..];
            record[0] = (byte)nameLength;
            BinaryPrimitives.WriteUInt16LittleEndian(record[1..], (ushort)holders);
            BinaryPrimitives.WriteUInt16LittleEndian(record[3..], (ushort)linesLength);
            name[..nameLength].CopyTo(record[5..]);
            lines[..linesLength].CopyTo(record[(5 + nameLength)..]);
            record[5 + nameLength + linesLength] = (byte)'\n';
            length += CsFrame.FilesRecord + nameLength + linesLength;
        }

        return length;
    }

    // A GET of a name that somebody has. False: nobody has.
    internal static bool GetHolders(Turn turn, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        Span<byte> text = stackalloc byte[CsFrame.Size];
        int length = context.Node.Registrations.Write(key, text[..CsFrame.ReplyCapacity(key.Length)]);
        if (length > 0)
        {
            CsFrame.WriteGetReply(Frame(frame), new Span<byte>(turn.Reserve(CsFrame.Size), CsFrame.Size), text[..length]);
            turn.Advance(CsFrame.Size);
        }

        return length > 0;
    }

    // A PUT whose value is a list of holders.
    internal static void Register(Turn turn, CsThread context, byte* frame, ReadOnlySpan<byte> holders, byte flags)
    {
        ReadOnlySpan<byte> name = CsFrame.Key(Frame(frame));
        RegistrationTable registrations = context.Node.Registrations;
        bool done = true;
        if ((flags & CsFrame.FlagReplace) != 0)
        {
            _ = registrations.RemoveAll(name);
        }

        if ((flags & CsFrame.FlagIfAbsent) == 0 || registrations.CountOf(name) == 0)
        {
            bool lease = (flags & CsFrame.FlagLease) != 0 && IsOneHolder(holders);
            done = registrations.Add(name, holders, lease ? Registration.Kind.Lease : Registration.Kind.None, turn.Started);
            if (lease)
            {
                turn.Server.EnsureTick();
            }
        }

        Reply(turn, frame, done ? CsFrame.Ok : CsFrame.Error);
    }

    // A PUT or DEL of a part of a file. False: the key is like any other.
    internal static bool ChangePartial(Turn turn, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(Frame(frame));
        if (!key.StartsWith(CsFrame.PartialKey))
        {
            return false;
        }

        ReadOnlySpan<byte> name = key[CsFrame.PartialKey.Length..];
        ReadOnlySpan<byte> holder = CsFrame.Value(Frame(frame));
        RegistrationTable registrations = context.Node.Registrations;
        bool done = !name.IsEmpty && IsOneHolder(holder)
            && (frame[CsFrame.CommandOffset] == CsFrame.Put
                ? registrations.Add(name, holder, Registration.Kind.Lease | Registration.Kind.Partial, turn.Started)
                : registrations.Remove(name, holder, onlyPartial: true));
        turn.Server.EnsureTick();
        Reply(turn, frame, done ? CsFrame.Ok : CsFrame.Error);
        return true;
    }

    // Only one may be a lease: who renews it names itself.
    private static bool IsOneHolder(ReadOnlySpan<byte> value)
    {
        int position = 0;
        return HolderList.IsList(value) && HolderList.Next(value, ref position, out _, out _) && !HolderList.Next(value, ref position, out _, out _);
    }
}
