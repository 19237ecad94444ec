using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using Epollsrv.Journal;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Journal;

namespace Epollsrv.Tests.Stress;

/// <summary>
/// Knows of a store only what its effects say: applies them in the order it gets them, collects the log records of them, and the words
/// that keyspace notifications have to have for each key. One at a time in a process.
/// </summary>
internal static unsafe class EffectModel
{
    private static readonly Lock _lock = new();

    /// <summary>Keys, with their database and a slash before them, values and expiry times (0: none) as the effects left them.</summary>
    internal static Dictionary<string, (string Value, long Expiry)> Keys { get; } = [];

    /// <summary>The words of each key's notifications, the key as in <see cref="Keys"/>, in the order of its effects.</summary>
    internal static Dictionary<string, List<string>> Words { get; } = [];

    /// <summary>The log.</summary>
    internal static MemoryStream Log { get; } = new();

    private static RespCommon? _node;

    // What the log is at; −1: nowhere yet, as Redis's is in the beginning.
    private static int _logDatabase;

    /// <summary>Observes a node's store from now on.</summary>
    internal static void Observe(KeyValueStore store, RespCommon node)
    {
        _node = node;
        Keys.Clear();
        Words.Clear();
        Log.SetLength(0);
        _logDatabase = -1;
        store.Observers->Journal = &Apply;
        store.Observers->GroupEnded = &EndGroup;
        store.Observe(ObserverKinds.Journal, true);
    }

    private static RecordWriter WriterOf(StoreAccess access)
    {
        access.Journal ??= new RecordWriter(Log, &Append, _node!.Calls.Find(call => call.Access == access)!, &CommandOf);
        return (RecordWriter)access.Journal;
    }

    private static void Apply(StoreAccess access, Effect* effect)
    {
        _ = WriterOf(access);
        string key = effect->Database + "/"
            + (effect->Key == null ? string.Empty : Encoding.Latin1.GetString(effect->Key, effect->KeyLength));
        lock (_lock)
        {
            if (effect->Kind == EffectKind.Flush)
            {
                Flush(effect->Database, effect->OtherDatabase);
            }
            else if (effect->Kind == EffectKind.Swap)
            {
                Swap(effect->Database + "/", effect->OtherDatabase + "/");
            }
            else if (effect->Entry == null)
            {
                _ = Keys.Remove(key);
            }
            else
            {
                Keys[key] = (Encoding.Latin1.GetString(effect->Entry->Value), effect->Entry->Expiry);
            }

            AddWord(key, effect->Note.First);
            AddWord(key, effect->Note.Second);
        }

        RecordWriter.Observe(access, effect);
    }

    private static void Flush(int first, int last)
    {
        foreach (string key in Keys.Keys)
        {
            int database = int.Parse(key.AsSpan(0, key.IndexOf('/')), System.Globalization.CultureInfo.InvariantCulture);
            if (database >= first && database <= last)
            {
                _ = Keys.Remove(key);
            }
        }
    }

    private static void Swap(string one, string other)
    {
        Dictionary<string, (string Value, long Expiry)> swapped = [];
        foreach (string key in Keys.Keys)
        {
            string to = key.StartsWith(one, StringComparison.Ordinal) ? other : key.StartsWith(other, StringComparison.Ordinal) ? one
                : string.Empty;
            if (to.Length != 0 && Keys.Remove(key, out (string Value, long Expiry) entry))
            {
                swapped[to + key[(key.IndexOf('/') + 1)..]] = entry;
            }
        }

        foreach ((string key, (string Value, long Expiry) entry) in swapped)
        {
            Keys[key] = entry;
        }
    }

    private static void AddWord(string key, ChangeName name)
    {
        if (name == ChangeName.None)
        {
            return;
        }

        if (!Words.TryGetValue(key, out List<string>? words))
        {
            words = [];
            Words.Add(key, words);
        }

        words.Add(Encoding.ASCII.GetString(KeyEventNames.Of(name)));
    }

    private static void EndGroup(StoreAccess access)
    {
        _ = WriterOf(access);
        RecordWriter.EndGroup(access);
    }

    private static long Append(object sink, RecordBlock* block)
    {
        lock (_lock)
        {
            MemoryStream log = (MemoryStream)sink;
            if (block->FirstDatabase != _logDatabase)
            {
                RecordBuffer select = default;
                RecordEncoder.AddSelect(ref select, block->FirstDatabase);
                log.Write(new ReadOnlySpan<byte>(select.Data, (int)select.Length));
            }

            log.Write(RecordBytes.Of(block));
            _logDatabase = block->LastDatabase;
            return 0;
        }
    }

    private static void CommandOf(object owner, out Argument* arguments, out int count)
    {
        CommandContext call = (CommandContext)owner;
        arguments = call.Arguments;
        count = call.Count;
    }
}
