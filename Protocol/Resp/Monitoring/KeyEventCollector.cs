using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// Keyspace notifications of one thread that wait to be published: the store reports expired and evicted keys under a partition's lock, and
/// commands report under several. In native memory, because the store knows no managed object.
/// </summary>
internal unsafe struct KeyEventCollector
{
    private const int Kept = 64 * 1024;
    private const int Smallest = 1024;

    private byte* _data;
    private int _capacity;

    /// <summary>The <see cref="KeyEvents"/> that somebody wants. Written by <see cref="RespNode.ConfigureKeyEvents"/>.</summary>
    public int Wanted;

    /// <summary>Bytes collected.</summary>
    public int Length;

    /// <summary>What the store calls (<see cref="KeyValueStore.KeyEvent"/>) with the thread's collector.</summary>
    public static void Report(void* context, int kind, byte* key, int keyLength)
    {
        KeyEventCollector* collector = (KeyEventCollector*)context;
        KeyEvents wanted = (KeyEvents)Volatile.Read(ref collector->Wanted); // pairs with RespNode.ConfigureKeyEvents
        KeyEvents which;
        ReadOnlySpan<byte> name;
        switch (kind)
        {
            case KeyValueStore.ExpiredEvent:
                which = KeyEvents.Expired;
                name = "expired"u8;
                break;
            case KeyValueStore.EvictedEvent:
                which = KeyEvents.Evicted;
                name = "evicted"u8;
                break;
            case KeyValueStore.NewEvent:
                which = KeyEvents.New;
                name = "new"u8;
                break;
            default:
                which = KeyEvents.Miss;
                name = "keymiss"u8;
                break;
        }

        if ((wanted & which) != 0)
        {
            collector->Add(which, (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name)), name.Length, key, keyLength);
        }
    }

    /// <summary>Adds an event. The name is a literal, which never moves; the key is copied.</summary>
    public void Add(KeyEvents kind, byte* name, int nameLength, byte* key, int keyLength)
    {
        long needed = Length + sizeof(Header) + (((long)keyLength + 7) & ~7L);
        if (needed > _capacity)
        {
            if (needed > int.MaxValue / 2)
            {
                // Two gigabytes of keys in one EXEC: nobody can be told any more.
                return;
            }

            _capacity = (int)Math.Max(Smallest, 2 * needed);
            _data = (byte*)NativeMemory.Realloc(_data, (nuint)_capacity);
        }

        Header* header = (Header*)(_data + Length);
        header->Kind = kind;
        header->Name = name;
        header->NameLength = nameLength;
        header->KeyLength = keyLength;
        Buffer.MemoryCopy(key, header + 1, keyLength, keyLength);
        Length = (int)needed;
    }

    /// <summary>The event at an offset, which moves behind it; false when there is none.</summary>
    public readonly bool Next(ref int offset, out KeyEvents kind, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> key)
    {
        if (offset >= Length)
        {
            kind = default;
            name = default;
            key = default;
            return false;
        }

        Header* header = (Header*)(_data + offset);
        kind = header->Kind;
        name = new ReadOnlySpan<byte>(header->Name, header->NameLength);
        key = new ReadOnlySpan<byte>(header + 1, header->KeyLength);
        offset += sizeof(Header) + ((header->KeyLength + 7) & ~7);
        return true;
    }

    /// <summary>Forgets all events.</summary>
    public void Clear()
    {
        Length = 0;
        if (_capacity > Kept)
        {
            NativeMemory.Free(_data);
            _data = null;
            _capacity = 0;
        }
    }

    private struct Header
    {
        public byte* Name;
        public KeyEvents Kind;
        public int NameLength;
        public int KeyLength;
    }
}
