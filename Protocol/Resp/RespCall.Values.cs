using System.Runtime.CompilerServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <content>Values of the store as replies.</content>
internal sealed unsafe partial class RespCall
{
    // Room for any inline value and its header: reserved before the partition is entered, because making room may send.
    private const int MostReserved = 20 * 1024;

    /// <summary>
    /// Finds a key for reading and replies its value, or null when there is none. An inline value is copied under the lock straight into the
    /// reply, a large one is sent from where it is.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ReplyValueOf(Argument* key, ulong hash)
    {
        StoreAccess access = Access;
        byte* to = Turn.Reserve(MostReserved);
        access.Enter(hash);
        Entry* entry = access.Find(key->Data, key->Length, hash);
        if (entry == null)
        {
            access.Leave();
            ReplyNull();
            return false;
        }

        if (entry->IsLarge)
        {
            LargeValue* value = StoreAccess.Pin(entry);
            access.Leave();
            ReplyPinned(value);
            return true;
        }

        Turn.Advance(FormatBulk(to, entry->ValuePointer, (int)entry->ValueLength));
        access.Leave();
        return true;
    }

    /// <summary>Replies the value of an entry, inline or large, whose partition is entered.</summary>
    public void ReplyValue(Entry* entry)
    {
        if (entry->IsLarge)
        {
            ReplyPinned(StoreAccess.Pin(entry));
        }
        else
        {
            WriteBulk(entry->ValuePointer, (int)entry->ValueLength);
        }
    }

    /// <summary>Replies so many bytes of an entry's value, whose partition is entered, from an offset on.</summary>
    public void ReplyPartOf(Entry* entry, long offset, long length)
    {
        byte* data = entry->ValuePointer + offset;
        if (!entry->IsLarge || length <= MostReserved)
        {
            WriteBulk(data, (int)length);
            return;
        }

        LargeValue* value = StoreAccess.Pin(entry);
        WriteHeader((byte)'$', length);
        Turn.WriteReference(data, (nint)length, (nint)value, &ReleaseValue);
        Turn.Write("\r\n"u8);
    }

    /// <summary>Whether replies are only queued for now, because a partition is entered and sending would keep it locked for long.
    /// Has no effect inside EXEC, which does it itself.</summary>
    public void HoldOutput(bool hold)
    {
        if (!Access.InTransaction)
        {
            Turn.HoldOutput = hold;
        }
    }

    /// <summary>Replies a pinned value without copying it; the reference is given back when its last byte is sent.</summary>
    public void ReplyPinned(LargeValue* value)
    {
        WriteHeader((byte)'$', value->Length);
        Turn.WriteReference(value->Data, (nint)value->Length, (nint)value, &ReleaseValue);
        Turn.Write("\r\n"u8);
    }

    private static void ReleaseValue(BufferPool pool, nint owner) => LargeValue.Release((LargeValue*)owner);

    // A bulk of up to MostReserved bytes.
    private void WriteBulk(byte* data, int length)
    {
        byte* to = Turn.Reserve(MostReserved + LongestNumber);
        Turn.Advance(FormatBulk(to, data, length));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int FormatBulk(byte* to, byte* data, int length)
    {
        *to = (byte)'$';
        int header = 1 + Numbers.Write(to + 1, length);
        Unsafe.WriteUnaligned(to + header, LineEnd);
        header += 2;
        Unsafe.CopyBlockUnaligned(to + header, data, (uint)length);
        Unsafe.WriteUnaligned(to + header + length, LineEnd);
        return header + length + 2;
    }
}
