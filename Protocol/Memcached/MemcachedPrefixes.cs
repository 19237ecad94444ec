using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// stats detail: requests of the classic commands, counted by what stands in front of the first colon in their keys. Off until somebody
/// turns it on. Any thread.
/// </summary>
internal sealed unsafe class MemcachedPrefixes
{
    // Keys of later ones are not counted. A power of two, as is the number of places.
    private const int Most = 1024;
    private const int Places = 2 * Most;

    private const int Expected = 1024;

    private readonly Lock _lock = new();
    private MemcachedPrefix* _prefixes;
    private int _count;
    private bool _isOn;

    /// <summary>Whether requests are counted.</summary>
    public bool IsOn => Volatile.Read(ref _isOn); // pairs with Turn

    /// <summary>stats detail on, off and dump.</summary>
    public void Answer(MemcachedThread context, in MemcachedToken word)
    {
        if (word.Is("dump"u8))
        {
            ByteBuilder text = context.Builder.Begin(Expected);
            Add(text);
            text.Add("END\r\n"u8);
            text.Send();
        }
        else if (word.Is("on"u8) || word.Is("off"u8))
        {
            Turn(word.Is("on"u8));
            context.Thread.Output.Write("OK\r\n"u8);
        }
        else
        {
            context.Thread.Output.Write("CLIENT_ERROR usage: stats detail on|off|dump\r\n"u8);
        }
    }

    /// <summary>Forgets what was counted.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_count != 0)
            {
                NativeMemory.Clear(_prefixes, (nuint)(Places * sizeof(MemcachedPrefix)));
                _count = 0;
            }
        }
    }

    /// <summary>Counts a key, while it is on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Count(StoreAccess access, byte* key, int keyLength, MemcachedPrefixKind kind)
    {
        if (IsOn)
        {
            CountOn(access, key, keyLength, kind);
        }
    }

    // A line for each prefix.
    private void Add(ByteBuilder text)
    {
        lock (_lock)
        {
            for (int i = 0; i < Places && _count != 0; i++)
            {
                MemcachedPrefix* prefix = _prefixes + i;
                if (!prefix->IsFree)
                {
                    text.Add("PREFIX "u8);
                    text.Add(prefix->Name);
                    Add(text, " get "u8, prefix->Gets);
                    Add(text, " hit "u8, prefix->Hits);
                    Add(text, " set "u8, prefix->Sets);
                    Add(text, " del "u8, prefix->Deletes);
                    text.Add("\r\n"u8);
                }
            }
        }
    }

    // What was counted stays.
    private void Turn(bool on)
    {
        lock (_lock)
        {
            if (on && _prefixes == null)
            {
                _prefixes = (MemcachedPrefix*)NativeMemory.AllocZeroed(Places, (nuint)sizeof(MemcachedPrefix));
            }

            Volatile.Write(ref _isOn, on); // pairs with IsOn
        }
    }

    private static void Add(ByteBuilder text, ReadOnlySpan<byte> name, long value)
    {
        text.Add(name);
        text.Add(value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountOn(StoreAccess access, byte* key, int keyLength, MemcachedPrefixKind kind)
    {
        int length = new ReadOnlySpan<byte>(key, keyLength).IndexOf((byte)':');
        if (length <= 0)
        {
            return;
        }

        ulong hash = access.Hash(key, length);
        lock (_lock)
        {
            MemcachedPrefix* prefix = Find(new ReadOnlySpan<byte>(key, length), hash);
            if (prefix == null)
            {
                return;
            }

            prefix->Gets += kind is MemcachedPrefixKind.Hit or MemcachedPrefixKind.Miss ? 1 : 0;
            prefix->Hits += kind == MemcachedPrefixKind.Hit ? 1 : 0;
            prefix->Sets += kind == MemcachedPrefixKind.Set ? 1 : 0;
            prefix->Deletes += kind == MemcachedPrefixKind.Delete ? 1 : 0;
        }
    }

    // Null: there are too many. Half of the places are always free.
    private MemcachedPrefix* Find(ReadOnlySpan<byte> name, ulong hash)
    {
        for (ulong place = hash; ; place++)
        {
            MemcachedPrefix* prefix = _prefixes + (place % Places);
            if (prefix->IsFree)
            {
                if (_count == Most)
                {
                    return null;
                }

                _count++;
                prefix->Name = name;
                return prefix;
            }

            if (prefix->Name.SequenceEqual(name))
            {
                return prefix;
            }
        }
    }
}
