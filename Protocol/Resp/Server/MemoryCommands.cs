using System;
using Epollsrv.Native;
using Epollsrv.Store;

namespace Epollsrv.Protocol.Resp;

/// <summary>MEMORY.</summary>
internal static unsafe class MemoryCommands
{
    private const long LittleMemory = 5 << 20;

    /// <summary>MEMORY USAGE key [SAMPLES count]: record, share of the index and large block.</summary>
    public static void Usage(CommandContext call)
    {
        for (int i = 3; i < call.Count; i += 2)
        {
            if (i + 1 >= call.Count || !call.Arguments[i].Is("samples"u8))
            {
                call.ReplySyntaxError();
                return;
            }

            if (!call.TryReadInteger(i + 1, out long samples))
            {
                return;
            }

            if (samples < 0)
            {
                call.ReplySyntaxError();
                return;
            }
        }

        Argument* key = call.Arguments + 2;
        call.Access.Lock(call.Hash);
        Entry* entry = call.Access.Keys.LookupNoEffects(key->Data, key->Length, call.Hash);
        long bytes = entry == null ? -1 : entry->MemoryBytes;
        call.Access.Unlock();
        if (bytes < 0)
        {
            call.Reply.Null();
        }
        else
        {
            call.Reply.Integer(bytes);
        }
    }

    /// <summary>MEMORY STATS.</summary>
    public static void Stats(CommandContext call)
    {
        NodeStatistics statistics = call.Resp.Statistics;
        KeyValueStore store = call.Common.Store;
        long dataset = store.UsedMemory;
        long buffers = call.Thread.Server.Buffers.InUse;
        long used = statistics.NoteUsed(dataset + buffers);
        long peak = Math.Max(used, statistics.Peak);
        long resident = SystemFacts.ResidentMemory();
        ReplyBuffer databases = default;
        int count = AddDatabases(call, ref databases, out long keys);
        call.Reply.Map(27 + count);
        Field(call, "peak.allocated"u8, peak);
        Field(call, "total.allocated"u8, used);
        Field(call, "startup.allocated"u8, 0);
        Field(call, "replication.backlog"u8, 0);
        Field(call, "clients.slaves"u8, 0);
        Field(call, "clients.normal"u8, buffers);
        Field(call, "cluster.links"u8, 0);
        Field(call, "aof.buffer"u8, 0);
        Field(call, "lua.caches"u8, 0);
        Field(call, "functions.caches"u8, 0);
        databases.Send(call.Thread);
        Field(call, "overhead.total"u8, buffers);
        Field(call, "keys.count"u8, keys);
        Field(call, "keys.bytes-per-key"u8, keys == 0 ? 0 : dataset / keys);
        Field(call, "dataset.bytes"u8, dataset);
        Ratio(call, "dataset.percentage"u8, dataset * 100.0, used);
        Ratio(call, "peak.percentage"u8, used * 100.0, peak);
        Field(call, "allocator.allocated"u8, used);
        Field(call, "allocator.active"u8, used);
        Field(call, "allocator.resident"u8, resident);
        Ratio(call, "allocator-fragmentation.ratio"u8, used, used);
        Field(call, "allocator-fragmentation.bytes"u8, 0);
        Ratio(call, "allocator-rss.ratio"u8, resident, used);
        Field(call, "allocator-rss.bytes"u8, resident - used);
        Ratio(call, "rss-overhead.ratio"u8, 1, 1);
        Field(call, "rss-overhead.bytes"u8, 0);
        Ratio(call, "fragmentation"u8, resident, used);
        Field(call, "fragmentation.bytes"u8, resident - used);
    }

    /// <summary>MEMORY DOCTOR: what it can find is memory lost outside the store.</summary>
    public static void Doctor(CommandContext call)
    {
        long used = call.Common.Store.UsedMemory;
        long resident = SystemFacts.ResidentMemory();
        if (used < LittleMemory)
        {
            call.Reply.Verbatim("txt"u8, "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n"u8);
        }
        else if (resident > used + (used / 2) + (32 << 20))
        {
            ReplyText text = new();
            _ = text.Add("Sam, "u8).AddSize(resident).Add(" are resident, but only "u8).AddSize(used)
                .Add(" of them hold keys and values. The rest is buffers of clients (see mem_clients_normal in INFO memory) or memory that is about to be given back.\n"u8);
            call.Reply.Verbatim("txt"u8, text.Written);
        }
        else
        {
            call.Reply.Verbatim("txt"u8,
                "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"u8);
        }
    }

    /// <summary>MEMORY PURGE: memory goes back to the kernel as it gets free; there is nothing left to do.</summary>
    public static void Purge(CommandContext call) => call.Reply.Ok();

    /// <summary>MEMORY MALLOC-STATS.</summary>
    public static void MallocStats(CommandContext call) => call.Reply.Bulk("Stats not supported for the current allocator"u8);

    /// <summary>MEMORY HELP.</summary>
    public static void Help(CommandContext call) => call.Reply.Help(
        """
        MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
        DOCTOR
            Return memory problems reports.
        MALLOC-STATS
            Return internal statistics report from the memory allocator.
        PURGE
            Attempt to purge dirty pages for reclamation by the allocator.
        STATS
            Return information about the memory usage of the server.
        USAGE <key> [SAMPLES <count>]
            Return memory in bytes used by <key> and its value. Nested values are
            sampled up to <count> times (default: 5, 0 means sample all).
        HELP
            Prints this help.
        """u8);

    // The databases that have keys. The index counts to their values: nothing is beside it.
    private static int AddDatabases(CommandContext call, ref ReplyBuffer reply, out long keys)
    {
        int count = 0;
        keys = 0;
        byte* name = stackalloc byte[Numbers.Longest + 3];
        "db."u8.CopyTo(new Span<byte>(name, 3));
        for (int database = 0; database < call.Common.Store.DatabaseCount; database++)
        {
            long own = call.Common.Store.CountersOf(database).Keys;
            if (own != 0)
            {
                keys += own;
                count++;
                reply.AddBulk(name, 3 + Numbers.Write(name + 3, database));
                reply.AddMap(call.Reply.IsVersion3, 3);
                reply.Add("$23\r\noverhead.hashtable.main\r\n:0\r\n"u8);
                reply.Add("$26\r\noverhead.hashtable.expires\r\n:0\r\n"u8);
                reply.Add("$31\r\noverhead.hashtable.slot-to-keys\r\n:0\r\n"u8);
            }
        }

        return count;
    }

    private static void Field(CommandContext call, ReadOnlySpan<byte> name, long value)
    {
        call.Reply.Bulk(name);
        call.Reply.Integer(value);
    }

    private static void Ratio(CommandContext call, ReadOnlySpan<byte> name, double part, double whole)
    {
        call.Reply.Bulk(name);
        ReplyText text = new ReplyText().Add(whole == 0 ? 0 : part / whole, 4);
        if (call.Reply.IsVersion3)
        {
            call.Thread.Output.Write(","u8);
            call.Thread.Output.Write(text.Written);
            call.Thread.Output.Write("\r\n"u8);
        }
        else
        {
            call.Reply.Bulk(text.Written);
        }
    }
}
