using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>
/// The consumer of a snapshot: copies keys and inline values when it gets them, and pins large values, which it reads only when it is
/// asked for everything: whoever changed them meanwhile would show. Each partition has a list of its own, as the rules for consumers say.
/// </summary>
internal sealed unsafe class SnapshotCollector
{
    private const int Partitions = 64;

    private readonly List<Item>[] _items = new List<Item>[Partitions];
    private readonly int[] _open = new int[Partitions];
    private readonly string?[] _failures = new string?[Partitions];

    internal SnapshotCollector()
    {
        for (int i = 0; i < Partitions; i++)
        {
            _items[i] = [];
        }
    }

    private readonly record struct Item(int Database, string Key, string? Value, nint Pinned, string Rest);

    internal static SnapshotConsumer Consumer => new(&SaveEntry, &EndChain);

    /// <summary>Chains that the walker saved, and that others saved before they changed them.</summary>
    internal int[] Walked { get; } = new int[Partitions];

    internal int[] Early { get; } = new int[Partitions];

    /// <summary>To be aborted as soon as something is saved.</summary>
    internal StoreSnapshot? ToAbort { get; set; }

    /// <summary>How many entries it has.</summary>
    internal int Count
    {
        get
        {
            int count = 0;
            foreach (List<Item> items in _items)
            {
                count += items.Count;
            }

            return count;
        }
    }

    /// <summary>All keys of a store, the number of their database and a slash before them, with value and <see cref="RestOf"/>.
    /// All partitions are locked. Reads the table itself, whatever has expired.</summary>
    internal static Dictionary<string, string> KeysOf(KeyValueStore store)
    {
        Dictionary<string, string> keys = [];
        for (int database = 0; database < store.DatabaseCount; database++)
        {
            for (int index = 0; store.Databases.Base(database) != null && index < store.PartitionCount; index++)
            {
                Partition* partition = store.Databases.At(database, index);
                for (ulong number = 0; number < partition->Buckets.Count; number++)
                {
                    AddChain(keys, database, partition->Buckets.At(number));
                }
            }
        }

        return keys;
    }

    /// <summary>Whether every chain has the present parity, and no partition has anything left to do.</summary>
    internal static bool IsLevel(KeyValueStore store)
    {
        for (int database = 0; database < store.DatabaseCount; database++)
        {
            for (int index = 0; store.Databases.Base(database) != null && index < store.PartitionCount; index++)
            {
                Partition* partition = store.Databases.At(database, index);
                if (partition->UnsavedBuckets != 0)
                {
                    return false;
                }

                for (ulong number = 0; number < partition->Buckets.Count; number++)
                {
                    if (partition->Buckets.At(number)->SnapshotParity != store.Snapshot->Parity)
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    /// <summary>All that was saved, as <see cref="KeysOf"/>, each key once; and forgets it.</summary>
    internal Dictionary<string, string> Take(bool mayBeOpen = false)
    {
        Dictionary<string, string> keys = [];
        for (int partition = 0; partition < Partitions; partition++)
        {
            Assert.Null(_failures[partition]);
            Assert.True(mayBeOpen || _open[partition] == 0, "a chain was not ended");
            foreach (Item item in _items[partition])
            {
                string value = item.Value!;
                if (item.Pinned != 0)
                {
                    LargeValue* block = (LargeValue*)item.Pinned;
                    value = Encoding.Latin1.GetString(block->Data, (int)block->Length);
                    LargeValue.Release(block);
                }

                Assert.True(keys.TryAdd(item.Database + "/" + item.Key, value + item.Rest), "saved twice: " + item.Key);
            }

            _items[partition].Clear();
            _open[partition] = 0;
        }

        return keys;
    }

    /// <summary>Fails with the first difference when two stores' keys are not the same.</summary>
    internal static void AssertSame(Dictionary<string, string> expected, Dictionary<string, string> actual)
    {
        foreach ((string key, string value) in expected)
        {
            Assert.True(actual.TryGetValue(key, out string? found), "not saved: " + Short(key) + " = " + Short(value));
            Assert.True(found == value, Short(key) + " was saved as " + Short(found) + " and was " + Short(value));
        }

        foreach (string key in actual.Keys)
        {
            Assert.True(expected.ContainsKey(key), "saved, but was not there: " + Short(key));
        }
    }

    private static string Short(string? text) => text is { Length: > 100 } ? text[..50] + "…" + text[^50..] + text.Length : text ?? "";

    // What an entry has beside its value.
    private static string RestOf(Entry* entry)
    {
        ItemFields item = entry->Item;
        return string.Create(CultureInfo.InvariantCulture, $" {item.ClientFlags} {item.Unique} {item.State} @{entry->Expiry}");
    }

    private static void AddChain(Dictionary<string, string> keys, int database, Bucket* bucket)
    {
        while (true)
        {
            for (int slot = 0; slot < bucket->Count; slot++)
            {
                Entry* entry = bucket->Address(slot);
                keys.Add(
                    database + "/" + Encoding.Latin1.GetString(entry->Key),
                    Encoding.Latin1.GetString(entry->Value) + RestOf(entry));
            }

            if (!bucket->HasOverflow)
            {
                return;
            }

            bucket = bucket->Overflow;
        }
    }

    private static void SaveEntry(object context, int partition, int database, Entry* entry)
    {
        SnapshotCollector collector = (SnapshotCollector)context;
        collector._open[partition]++;
        string key = Encoding.Latin1.GetString(entry->Key);
        collector._items[partition].Add(entry->IsLarge
            ? new Item(database, key, null, (nint)entry->PinValue(), RestOf(entry))
            : new Item(database, key, Encoding.Latin1.GetString(entry->Value), 0, RestOf(entry)));
    }

    private static void EndChain(object context, int partition, int database, bool isBeforeChange)
    {
        SnapshotCollector collector = (SnapshotCollector)context;
        List<Item> items = collector._items[partition];
        if (collector._open[partition] == 0 || items[^1].Database != database)
        {
            collector._failures[partition] = "a chain without entries, or of another database";
        }

        collector._open[partition] = 0;
        (isBeforeChange ? collector.Early : collector.Walked)[partition]++;
        collector.ToAbort?.Abort();
    }
}
