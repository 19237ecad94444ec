using System;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>A key's value as it was at one moment: pinned when large, copied when not.</summary>
internal unsafe struct ValueSnapshot
{
    private LargeValue* _pinned;
    private byte* _copy;

    /// <summary>The bytes; null for a key that is not there.</summary>
    public byte* Data { get; private set; }

    /// <summary>How many; 0 also for a key that is not there.</summary>
    public long Length { get; private set; }

    /// <summary>
    /// Keeps an entry's value; null: there is none. Its partition is locked. A short one is copied to the thread's
    /// <see cref="CommandContext.Scratch"/>: a command can keep one value in this way.
    /// </summary>
    public void Take(CommandContext call, Entry* entry)
    {
        if (entry != null)
        {
            Data = entry->IsLarge ? null : call.Scratch((int)entry->ValueLength);
            Fill(entry);
        }
    }

    /// <summary>
    /// As <see cref="Take"/>, with a copy of its own, for any number of values. It counts to the connection of the turn: a command may name
    /// the same key a million times.
    /// </summary>
    /// <returns>False when there is no memory for a copy: nothing is kept.</returns>
    public bool TryTake(ThreadContext thread, Entry* entry)
    {
        if (entry == null)
        {
            return true;
        }

        if (!entry->IsLarge)
        {
            _copy = (byte*)Native.Memory.TryAllocate((nuint)Math.Max(1, entry->ValueLength));
            if (_copy == null)
            {
                return false;
            }

            thread.Hold(entry->ValueLength);
            Data = _copy;
        }

        Fill(entry);
        return true;
    }

    /// <summary>Whether the entry still has that value. A pinned block is never changed, and its address not used again.</summary>
    public readonly bool IsStill(Entry* entry)
    {
        if (entry == null || entry->ValueLength != Length)
        {
            return entry == null && Length == 0;
        }

        return _pinned != null
            ? entry->IsLarge && entry->ValuePointer == Data
            : entry->Value.SequenceEqual(new ReadOnlySpan<byte>(Data, (int)Length));
    }

    /// <summary>Replies it, or null when the key was not there.</summary>
    public void Reply(CommandContext call)
    {
        if (_pinned != null)
        {
            // The reference goes with the reply.
            call.Reply.Pinned(_pinned);
            _pinned = null;
        }
        else if (Data != null)
        {
            call.Reply.Bulk(Data, Length);
        }
        else
        {
            call.Reply.Null();
        }
    }

    /// <summary>Gives back what was kept.</summary>
    public void Free(ThreadContext thread)
    {
        if (_pinned != null)
        {
            LargeValue.Release(_pinned);
        }

        if (_copy != null)
        {
            thread.Hold(-Length);
            NativeMemory.Free(_copy);
        }

        this = default;
    }

    private void Fill(Entry* entry)
    {
        Length = entry->ValueLength;
        if (entry->IsLarge)
        {
            _pinned = entry->PinValue();
            Data = _pinned->Data;
        }
        else
        {
            Buffer.MemoryCopy(entry->ValuePointer, Data, Length, Length);
        }
    }
}
