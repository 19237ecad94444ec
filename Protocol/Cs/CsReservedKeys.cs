using System;
using System.Buffers.Binary;
using Epollsrv.Engine;

namespace Epollsrv.Protocol.Cs;

/// <summary>Reserved keys: what nodes of ours ask each other. All begin with byte 01.</summary>
internal static unsafe class CsReservedKeys
{
    /// <summary>Answers a GET of a reserved key.</summary>
    /// <returns>False: the key is like any other.</returns>
    public static bool TryGet(ThreadContext thread, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(CsFrame.At(frame));
        if (key.SequenceEqual(CsFrame.IdentityKey))
        {
            CsIdentity.Write(thread, context, frame);
            return true;
        }

        if (key.SequenceEqual(CsFrame.RenewKey))
        {
            bool isKnown = context.Cs.Registrations.Renew(CsFrame.Value(CsFrame.At(frame)), thread.Started);
            CsReplyWriter.WriteStatus(thread, frame, isKnown ? CsFrame.Ok : CsFrame.Error);
            return true;
        }

        Span<byte> text = stackalloc byte[CsFrame.Size];
        text = text[..CsFrame.ReplyCapacity(key.Length)];
        RegistrationTable registrations = context.Cs.Registrations;
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
            length = ListFiles(registrations, CsFrame.Value(CsFrame.At(frame)), text);
        }
        else
        {
            return false;
        }

        if (length == 0)
        {
            CsReplyWriter.WriteStatus(thread, frame, CsFrame.Error);
            return true;
        }

        CsReplyWriter.WriteValue(thread, frame, text[..length]);
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

    /// <summary>Runs a PUT or DEL of a part of a file.</summary>
    /// <returns>False: the key is like any other.</returns>
    public static bool TryChange(ThreadContext thread, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> key = CsFrame.Key(CsFrame.At(frame));
        if (!key.StartsWith(CsFrame.PartialKey))
        {
            return false;
        }

        ReadOnlySpan<byte> name = key[CsFrame.PartialKey.Length..];
        ReadOnlySpan<byte> holder = CsFrame.Value(CsFrame.At(frame));
        RegistrationTable registrations = context.Cs.Registrations;
        bool done = !name.IsEmpty && HolderList.IsOne(holder)
            && (frame[CsFrame.CommandOffset] == CsFrame.Put
                ? registrations.Add(name, holder, Registration.Kind.Lease | Registration.Kind.Partial, thread.Started)
                : registrations.Remove(name, holder, onlyPartial: true));
        thread.Server.EnsureTick();
        CsReplyWriter.WriteStatus(thread, frame, done ? CsFrame.Ok : CsFrame.Error);
        return true;
    }
}
