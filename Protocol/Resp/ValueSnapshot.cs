using System;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>A key's value as it was at one moment: pinned when large, copied when not.</summary>
internal unsafe struct BitSource
{
    private LargeValue* _pinned;

    /// <summary>The bytes.</summary>
    public byte* Data { get; private set; }

    /// <summary>How many; 0 also for a key that is not there.</summary>
    public long Length { get; private set; }

    /// <summary>Keeps an entry's value; null: there is none. Its partition is entered. A copy counts to the connection of the turn: a command may name
    /// the same key a million times.</summary>
    /// <returns>False when there is no memory for a copy: nothing is kept.</returns>
    public bool TryTake(Turn turn, Entry* entry)
    {
        if (entry == null)
        {
            return true;
        }

        if (entry->IsLarge)
        {
            _pinned = StoreAccess.Pin(entry);
            Data = _pinned->Data;
            Length = entry->ValueLength;
            return true;
        }

        Data = (byte*)Native.Memory.TryAllocate((nuint)Math.Max(1, entry->ValueLength));
        if (Data == null)
        {
            return false;
        }

        Length = entry->ValueLength;
        turn.Hold(Length);
        Buffer.MemoryCopy(entry->ValuePointer, Data, Length, Length);
        return true;
    }

    /// <summary>Whether the entry still has the value that was kept. A pinned block is never changed and its address not used again.</summary>
    public readonly bool IsStill(Entry* entry)
    {
        if (entry == null || entry->ValueLength != Length)
        {
            return entry == null && Length == 0;
        }

        return _pinned != null ? entry->IsLarge && entry->ValuePointer == Data : entry->Value.SequenceEqual(new ReadOnlySpan<byte>(Data, (int)Length));
    }

    /// <summary>Gives back what was kept.</summary>
    public void Free(Turn turn)
    {
        if (_pinned != null)
        {
            LargeValue.Release(_pinned);
        }
        else
        {
            turn.Hold(-Length);
            NativeMemory.Free(Data);
        }

        this = default;
    }
}
