using System;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Cs;

/// <summary>GET, PUT and DELETE of the CS protocol.</summary>
internal static unsafe class CsKeys
{
    /// <summary>GET: what is reserved, what is registered, then the keys.</summary>
    public static void Get(ThreadContext thread, CsThread context, byte* frame)
    {
        byte* key = frame + CsFrame.KeyOffset;
        int keyLength = frame[CsFrame.KeyLengthOffset];
        if (keyLength > 0 && *key == CsFrame.ReservedByte && CsReservedKeys.TryGet(thread, context, frame))
        {
            return;
        }

        if (context.Cs.Registrations.Count > 0 && CsHolders.TryGet(thread, context, frame))
        {
            return;
        }

        if (context.Common.ChecksCommands && CsAvailability.RefusesGet(thread, context))
        {
            return;
        }

        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);
        Span<byte> reply = CsReplyWriter.Reserve(thread);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupRead(key, keyLength, hash);
        if (entry != null)
        {
            CsFrame.WriteGetReply(CsFrame.At(frame), reply, entry->Value);
            access.Unlock();
        }
        else
        {
            access.Unlock();
            context.Errors++;
            CsFrame.WriteReply(CsFrame.At(frame), reply, CsFrame.Error);
        }

        thread.Output.Advance(CsFrame.Size);
    }

    /// <summary>PUT: a registration, or a key.</summary>
    /// <returns>False: not consumed; it waits for the end of a pause, or for a worker that copies a long value.</returns>
    public static bool Put(ThreadContext thread, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> value = CsFrame.Value(CsFrame.At(frame));
        byte flags = CsFrame.Flags(CsFrame.At(frame));
        byte* key = frame + CsFrame.KeyOffset;
        int keyLength = frame[CsFrame.KeyLengthOffset];
        if (keyLength > 0 && *key == CsFrame.ReservedByte && CsReservedKeys.TryChange(thread, context, frame))
        {
            return true;
        }

        if (keyLength > 0 && HolderList.IsList(value))
        {
            CsHolders.Register(thread, context, frame, value, flags);
            return true;
        }

        bool isChecked = context.Common.ChecksCommands;
        if (isChecked && CsAvailability.RefusesPut(thread, context, frame))
        {
            return true;
        }

        if (isChecked && PauseIfHeld(thread, context))
        {
            return false;
        }

        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);
        Entry* entry;
        if ((flags & CsFrame.FlagReplace) != 0)
        {
            access.Lock(hash);
            entry = access.Keys.LookupWrite(key, keyLength, hash);
        }
        else if (!access.Editor.TryLock(key, keyLength, hash, mayCopy: !thread.OnEventLoop, out entry))
        {
            return !thread.DeferLong();
        }

        if (entry != null && entry->ValueLength > Server.BulkBytes && thread.OnEventLoop)
        {
            access.Unlock();
            return !thread.DeferLong();
        }

        bool done = true;
        WriteVerb verb = WriteVerb.Set;
        if (entry == null || (flags & CsFrame.FlagReplace) != 0)
        {
            fixed (byte* bytes = value)
            {
                done = access.Writer.Put(key, keyLength, hash, bytes, value.Length, new ChangeNote(ChangeName.Set)) == StoreResult.Ok;
            }
        }
        else if ((flags & CsFrame.FlagIfAbsent) == 0)
        {
            done = Append(context, key, keyLength, hash, entry, value);
            verb = WriteVerb.Append;
        }

        access.Unlock();
        if (isChecked)
        {
            Show(thread, context, frame, verb);
        }

        CsReplyWriter.WriteStatus(thread, frame, done ? CsFrame.Ok : CsFrame.Error);
        return true;
    }

    // One space and the value, under the lock in one step: two that append at once are both kept.
    private static bool Append(CsThread context, byte* key, int keyLength, ulong hash, Entry* entry, ReadOnlySpan<byte> value)
    {
        long before = entry->ValueLength;
        if (before + 1 + value.Length > context.Common.Options.MaxValue)
        {
            return false;
        }

        byte* data = context.Access.Editor.Begin(key, keyLength, hash, entry, before + 1 + value.Length);
        if (data == null)
        {
            return false;
        }

        data[before] = (byte)' ';
        value.CopyTo(new Span<byte>(data + before + 1, value.Length));
        context.Access.Editor.Commit(before, value.Length + 1, new ChangeNote(ChangeName.Append));
        return true;
    }

    // Whether the write has to wait for the end of a pause. Registrations are no keys: they never wait.
    private static bool PauseIfHeld(ThreadContext thread, CsThread context)
    {
        if (!context.Common.HoldsWrite(thread))
        {
            return false;
        }

        thread.PauseInput();
        return true;
    }

    /// <summary>DELETE: registrations of a name, or a key.</summary>
    /// <returns>False: not consumed; it waits for the end of a pause.</returns>
    public static bool Delete(ThreadContext thread, CsThread context, byte* frame)
    {
        ReadOnlySpan<byte> holders = CsFrame.Value(CsFrame.At(frame));
        byte* key = frame + CsFrame.KeyOffset;
        int keyLength = frame[CsFrame.KeyLengthOffset];
        if (keyLength > 0 && *key == CsFrame.ReservedByte && CsReservedKeys.TryChange(thread, context, frame))
        {
            return true;
        }

        RegistrationTable registrations = context.Cs.Registrations;
        ReadOnlySpan<byte> name = CsFrame.Key(CsFrame.At(frame));
        if (!holders.IsEmpty)
        {
            bool removed = registrations.Count > 0 && registrations.Remove(name, holders);
            CsReplyWriter.WriteStatus(thread, frame, removed ? CsFrame.Ok : CsFrame.Error);
            return true;
        }

        bool isChecked = context.Common.ChecksCommands;
        if (isChecked && CsAvailability.RefusesDelete(thread, context))
        {
            return true;
        }

        if (isChecked && PauseIfHeld(thread, context))
        {
            return false;
        }

        bool found = registrations.Count > 0 && registrations.RemoveAll(name);
        StoreAccess access = context.Access;
        ulong hash = access.Hash(key, keyLength);
        access.Lock(hash);
        Entry* entry = access.Keys.LookupWrite(key, keyLength, hash);
        if (entry != null)
        {
            found = true;
            access.Writer.Delete(entry, hash, new ChangeNote(ChangeName.Delete));
        }

        access.Unlock();
        if (isChecked)
        {
            Show(thread, context, frame, WriteVerb.Delete);
        }

        CsReplyWriter.WriteStatus(thread, frame, found ? CsFrame.Ok : CsFrame.Error);
        return true;
    }

    private static void Show(ThreadContext thread, CsThread context, byte* frame, WriteVerb verb)
    {
        ReadOnlySpan<byte> value = CsFrame.Value(CsFrame.At(frame));
        fixed (byte* bytes = value)
        {
            context.Common.Show(thread, verb, frame + CsFrame.KeyOffset, frame[CsFrame.KeyLengthOffset], bytes, value.Length);
        }
    }
}
