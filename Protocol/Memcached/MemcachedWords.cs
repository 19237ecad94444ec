using System;
using System.Runtime.CompilerServices;

namespace Epollsrv.Protocol.Memcached;

/// <summary>
/// Takes command lines apart: words between blanks, up to the line's end or a byte of zero. Any thread; nothing allocates.
/// </summary>
internal static unsafe class MemcachedWords
{
    /// <summary>The next word of a line; behind it goes on what is asked for next.</summary>
    /// <param name="at">Where to look from; receives the place behind the word.</param>
    /// <param name="end">The line's end; a byte of zero in front of it ends the line there.</param>
    /// <param name="length">Bytes of the word; 0: there is none.</param>
    /// <returns>Its first byte.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Next(ref byte* at, byte* end, out int length)
    {
        byte* word = at;
        while (word < end && *word == ' ')
        {
            word++;
        }

        byte* behind = word;
        while (behind < end && *behind != ' ' && *behind != 0)
        {
            behind++;
        }

        at = behind;
        length = (int)(behind - word);
        return word;
    }

    /// <summary>All words of the rest of a line, as far as there is room for them.</summary>
    /// <returns>How many there are; one more than fit when there are more.</returns>
    public static int Split(byte* at, byte* end, MemcachedToken* words, int room)
    {
        int count = 0;
        while (true)
        {
            byte* word = Next(ref at, end, out int length);
            if (length == 0 || count == room)
            {
                return length == 0 ? count : count + 1;
            }

            words[count++] = new MemcachedToken { Data = word, Length = length };
        }
    }

    /// <summary>The command of a name.</summary>
    public static MemcachedVerb VerbOf(ReadOnlySpan<byte> name)
    {
        if (name.Length == 2 && name[0] == 'm')
        {
            return name[1] switch
            {
                (byte)'g' => MemcachedVerb.MetaGet,
                (byte)'s' => MemcachedVerb.MetaSet,
                (byte)'d' => MemcachedVerb.MetaDelete,
                (byte)'a' => MemcachedVerb.MetaArithmetic,
                (byte)'e' => MemcachedVerb.MetaDebug,
                (byte)'n' => MemcachedVerb.MetaNoOperation,
                _ => MemcachedVerb.Unknown,
            };
        }

        return name.Length switch
        {
            3 => Is(name, "get"u8, MemcachedVerb.Get, "set"u8, MemcachedVerb.Set, "add"u8, MemcachedVerb.Add)
                ?? Is(name, "cas"u8, MemcachedVerb.CompareAndSet, "gat"u8, MemcachedVerb.GetAndTouch, default, default),
            4 => Is(name, "gets"u8, MemcachedVerb.GetUnique, "gats"u8, MemcachedVerb.GetUniqueAndTouch, "incr"u8, MemcachedVerb.Increment)
                ?? Is(name, "decr"u8, MemcachedVerb.Decrement, "quit"u8, MemcachedVerb.Quit, "bget"u8, MemcachedVerb.Get),
            5 => Is(name, "touch"u8, MemcachedVerb.Touch, "stats"u8, MemcachedVerb.Statistics, "slabs"u8, MemcachedVerb.Slabs)
                ?? Is(name, "watch"u8, MemcachedVerb.Watch, default, default, default, default),
            6 => Is(name, "delete"u8, MemcachedVerb.Delete, "append"u8, MemcachedVerb.Append, default, default),
            7 => Is(name, "replace"u8, MemcachedVerb.Replace, "prepend"u8, MemcachedVerb.Prepend, "version"u8, MemcachedVerb.Version),
            8 => Is(name, "shutdown"u8, MemcachedVerb.Shutdown, default, default, default, default),
            9 => Is(name, "flush_all"u8, MemcachedVerb.FlushAll, "verbosity"u8, MemcachedVerb.Verbosity, default, default),
            11 => Is(name, "lru_crawler"u8, MemcachedVerb.Crawler, default, default, default, default),
            14 => Is(name, "cache_memlimit"u8, MemcachedVerb.MemoryLimit, default, default, default, default),
            _ => null,
        }
        ?? MemcachedVerb.Unknown;
    }

    private static MemcachedVerb? Is(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> first, MemcachedVerb firstVerb, ReadOnlySpan<byte> second, MemcachedVerb secondVerb,
        ReadOnlySpan<byte> third, MemcachedVerb thirdVerb)
        => name.SequenceEqual(first) ? firstVerb : name.SequenceEqual(second) ? secondVerb : name.SequenceEqual(third) ? thirdVerb : null;
}
