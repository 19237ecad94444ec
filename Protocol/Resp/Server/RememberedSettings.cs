using System;
using System.Threading;
using Epollsrv.Native;

namespace Epollsrv.Protocol.Resp;

/// <summary>
/// The parameters of Redis that are numbers, yes or no, or one of a few words, and have no meaning here, because they are about other
/// types, replicas, persistence
/// or Redis's own ways of working. Programs set them and read them back: they are remembered within Redis's bounds, a number each. Some
/// can only be what they are. Any thread.
/// </summary>
internal sealed unsafe class RememberedSettings
{
    // Two numbers a line, for its name and its other name.
    private const int NamesPerLine = 2;
    private const string Immutable = "can't set immutable config";

    private readonly int[] _offsets;
    private readonly long[] _values;

    /// <summary>Makes all of them Redis's defaults.</summary>
    public RememberedSettings()
    {
        ReadOnlySpan<byte> lines = Lines;
        int count = lines.Count((byte)'\n') + 1;
        _offsets = new int[count];
        _values = new long[count];
        int offset = 0;
        for (int i = 0; i < count; i++)
        {
            _offsets[i] = offset;
            _values[i] = Number(Word(i, 3));
            int end = lines[offset..].IndexOf((byte)'\n');
            offset += end + 1;
        }
    }

    // Name, other name or -, kind (b: yes or no, i: number, m: size, e: one of the words in the last place; t: a text, - for none, that
    // can be set to what it
    // is; f: a text that cannot be set; B and I as b and i, but only to what they are), default, least and most that are taken, and,
    // where these differ, least and most that they count as.
    // I and L: the largest numbers of 32 and 64 bits, J: the least of 32 bits.
    private static ReadOnlySpan<byte> Lines =>
        """
        hz - i 10 0 I 1 500
        acllog-max-len - i 128 0 L
        active-defrag-cycle-max - i 25 1 99
        active-defrag-cycle-min - i 1 1 99
        active-defrag-ignore-bytes - m 104857600 1 L
        active-defrag-max-scan-fields - i 1000 1 L
        active-defrag-threshold-lower - i 10 0 1000
        active-defrag-threshold-upper - i 100 0 1000
        active-expire-effort - i 1 1 10
        activerehashing - b 1
        aof-rewrite-incremental-fsync - b 1
        aof-timestamp-enabled - b 0
        aof-use-rdb-preamble - b 1
        busy-reply-threshold lua-time-limit i 5000 0 L
        crash-log-enabled - b 1
        crash-memcheck-enabled - b 1
        dynamic-hz - b 1
        hash-max-listpack-entries hash-max-ziplist-entries i 512 0 L
        hash-max-listpack-value hash-max-ziplist-value m 64 0 L
        hll-sparse-max-bytes - m 3000 0 L
        jemalloc-bg-thread - b 1
        latency-monitor-threshold - i 0 0 L
        lazyfree-lazy-eviction - b 0
        lazyfree-lazy-expire - b 0
        lazyfree-lazy-server-del - b 0
        lazyfree-lazy-user-del - b 0
        lazyfree-lazy-user-flush - b 0
        list-compress-depth - i 0 0 I
        list-max-listpack-size list-max-ziplist-size i -2 J I
        loglevel - e 2 0 3 debug,verbose,notice,warning
        maxmemory-eviction-tenacity - i 10 0 100
        no-appendfsync-on-rewrite - b 0
        rdb-del-sync-files - b 0
        rdb-save-incremental-fsync - b 1
        rdbcompression - b 1
        repl-disable-tcp-nodelay - b 0
        repl-diskless-sync - b 1
        repl-diskless-sync-delay - i 5 0 I
        repl-diskless-sync-max-replicas - i 0 0 I
        replica-announced - b 1
        replica-ignore-disk-write-errors - b 0
        replica-ignore-maxmemory slave-ignore-maxmemory b 1
        replica-lazy-flush slave-lazy-flush b 0
        sanitize-dump-payload - e 0 0 2 no,yes,clients
        set-max-intset-entries - i 512 0 L
        shutdown-timeout - i 10 0 I
        stream-node-max-bytes - m 4096 0 L
        stream-node-max-entries - i 100 0 L
        tracking-table-max-keys - i 1000000 0 L
        zset-max-listpack-entries zset-max-ziplist-entries i 128 0 L
        zset-max-listpack-value zset-max-ziplist-value m 64 0 L
        lfu-log-factor - I 10 0 I
        lfu-decay-time - I 1 0 I
        maxmemory-clients - t 0
        cluster-enabled - f no
        daemonize - f no
        supervised - f no
        logfile - f -
        pidfile - f -
        """u8;

    /// <summary>How many names there are: they are numbered from 0, and some numbers have none.</summary>
    public int Count => NamesPerLine * _offsets.Length;

    /// <summary>hz, for INFO.</summary>
    public long Hz => Volatile.Read(ref _values[0]); // pairs with Set

    /// <summary>The name with a number; empty: there is none.</summary>
    public ReadOnlySpan<byte> NameOf(int number)
    {
        ReadOnlySpan<byte> name = Word(number / NamesPerLine, number % NamesPerLine);
        return name is [(byte)'-'] ? default : name;
    }

    /// <summary>Writes a value as CONFIG GET shows it.</summary>
    public void Add(int number, ReplyText text)
    {
        int line = number / NamesPerLine;
        long value = Volatile.Read(ref _values[line]); // pairs with Set
        _ = KindOf(line) switch
        {
            (byte)'b' or (byte)'B' => text.Add(value != 0 ? "yes"u8 : "no"u8),
            (byte)'f' or (byte)'t' => text.Add(Word(line, 3) is [(byte)'-'] ? default : Word(line, 3)),
            (byte)'e' => text.Add(Choice(line, (int)value)),
            _ => text.Add(value),
        };
    }

    /// <summary>Reads a value.</summary>
    /// <returns>Null, or what is wrong in Redis's words.</returns>
    public string? Read(int number, Argument* value, out long read)
    {
        int line = number / NamesPerLine;
        read = 0;
        switch (KindOf(line))
        {
            case (byte)'b':
                return ConfigValues.ReadYesOrNo(value, out read);
            case (byte)'B':
                return ConfigValues.ReadYesOrNo(value, out read) ?? Same(line, read);
            case (byte)'I':
                return ConfigValues.ReadNumber(value, Number(Word(line, 4)), Number(Word(line, 5)), out read) ?? Same(line, read);
            case (byte)'t':
                return value->Is(Word(line, 3)) || (value->Length == 0 && Word(line, 3) is [(byte)'-']) ? null : Immutable;
            case (byte)'e':
                string words = string.Empty;
                for (ReadOnlySpan<byte> choice = Choice(line, 0); !choice.IsEmpty; choice = Choice(line, (int)++read))
                {
                    if (value->Is(choice))
                    {
                        return null;
                    }

                    words += (read == 0 ? string.Empty : ", ") + System.Text.Encoding.ASCII.GetString(choice);
                }

                return "argument(s) must be one of the following: " + words;
            case (byte)'m':
                return ConfigValues.ReadMemory(value, Number(Word(line, 4)), Number(Word(line, 5)), out read);
            default:
                return ConfigValues.ReadNumber(value, Number(Word(line, 4)), Number(Word(line, 5)), out read);
        }
    }

    /// <summary>Whether CONFIG SET refuses it whatever the value is.</summary>
    public bool IsFixed(int number) => KindOf(number / NamesPerLine) == (byte)'f';

    /// <summary>Remembers what was read.</summary>
    public void Set(int number, long value)
    {
        int line = number / NamesPerLine;
        bool isBounded = KindOf(line) is (byte)'i' or (byte)'m' && !Word(line, 6).IsEmpty;
        value = isBounded ? Math.Clamp(value, Number(Word(line, 6)), Number(Word(line, 7))) : value;
        Volatile.Write(ref _values[line], value); // pairs with Add
    }

    private string? Same(int line, long read) => read == Volatile.Read(ref _values[line]) ? null : Immutable; // pairs with Set

    private static long Number(ReadOnlySpan<byte> word)
    {
        if (word.Length == 1 && word[0] > '9')
        {
            return word[0] == 'I' ? int.MaxValue : word[0] == 'J' ? int.MinValue : long.MaxValue;
        }

        fixed (byte* text = word)
        {
            _ = Numbers.TryParse(text, word.Length, out long number);
            return number;
        }
    }

    private byte KindOf(int line) => Word(line, 2)[0];

    private ReadOnlySpan<byte> Choice(int line, int index) => Words.At(Word(line, 6), index, (byte)',');

    private ReadOnlySpan<byte> Word(int line, int index) => Words.At(Words.At(Lines[_offsets[line]..], 0, (byte)'\n'), index);
}
