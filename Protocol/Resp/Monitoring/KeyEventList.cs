using System;
using System.Runtime.InteropServices;
using Epollsrv.Engine;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Keyspace notifications that wait to be published, one after the other in native memory that counts against --max-buffers. Whoever
/// uses it has to see to it that nobody else does.
/// </summary>
internal unsafe struct KeyEventList
{
    private const int Kept = 64 * 1024;
    private const int Smallest = 1024;

    private byte* _data;
    private int _capacity;

    /// <summary>Bytes in the list.</summary>
    public int Length;

    /// <summary>Events in the list.</summary>
    public readonly int Count
    {
        get
        {
            int count = 0;
            for (int offset = 0; Next(ref offset) != null;)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>Adds an event and a copy of the key.</summary>
    /// <param name="pool">Where the memory counts.</param>
    /// <param name="name">What happened.</param>
    /// <param name="effect">To which key of which database.</param>
    /// <param name="told">The token of the connection that knows it already; 0: none.</param>
    /// <returns>
    /// False: there is no memory, and the event is lost. The store is in the middle of a change then and must not be left there.
    /// </returns>
    public bool TryAdd(BufferPool pool, ChangeName name, Effect* effect, ulong told)
    {
        int keyLength = effect->KeyLength;
        long needed = Length + sizeof(KeyEvent) + (((long)keyLength + 7) & ~7L);
        if (needed > _capacity && !TryGrow(pool, needed))
        {
            return false;
        }

        KeyEvent* added = (KeyEvent*)(_data + Length);
        added->Told = told;
        added->Name = name;
        added->KeyLength = keyLength;
        added->Database = (ushort)effect->Database;
        Buffer.MemoryCopy(effect->Key, KeyEvent.Key(added), keyLength, keyLength);
        Length = (int)needed;
        return true;
    }

    /// <summary>Adds all events of another list.</summary>
    /// <returns>False: there is no memory, and they are lost.</returns>
    public bool TryAppend(BufferPool pool, in KeyEventList other)
    {
        long needed = (long)Length + other.Length;
        if (needed > _capacity && !TryGrow(pool, needed))
        {
            return false;
        }

        Buffer.MemoryCopy(other._data, _data + Length, other.Length, other.Length);
        Length = (int)needed;
        return true;
    }

    /// <summary>The event at an offset, which moves behind it; null at the end.</summary>
    public readonly KeyEvent* Next(ref int offset)
    {
        if (offset >= Length)
        {
            return null;
        }

        KeyEvent* found = (KeyEvent*)(_data + offset);
        offset += sizeof(KeyEvent) + ((found->KeyLength + 7) & ~7);
        return found;
    }

    /// <summary>Forgets all events, and gives memory back that is much.</summary>
    public void Clear(BufferPool pool)
    {
        Length = 0;
        if (_capacity > Kept)
        {
            NativeMemory.Free(_data);
            pool.Charge(-_capacity);
            _data = null;
            _capacity = 0;
        }
    }

    private bool TryGrow(BufferPool pool, long needed)
    {
        if (needed > int.MaxValue / 2 || !pool.HasRoom(needed))
        {
            return false;
        }

        int capacity = (int)Math.Max(Smallest, 2 * needed);
        byte* data = (byte*)Native.Memory.TryReallocate(_data, (nuint)capacity);
        if (data == null)
        {
            return false;
        }

        pool.Charge(capacity - _capacity);
        _data = data;
        _capacity = capacity;
        return true;
    }
}
