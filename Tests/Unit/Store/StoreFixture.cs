using System;
using System.Text;
using Epollsrv.Store;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>A store and one access, with keys and values as arrays.</summary>
internal sealed unsafe class StoreFixture : IDisposable
{
    internal StoreFixture(
        int partitions = 16, long maxMemory = 0, EvictionPolicy policy = EvictionPolicy.NoEviction, ulong seed = 1)
    {
        Store = new KeyValueStore(new StoreOptions
        {
            Partitions = partitions,
            MaxMemory = maxMemory,
            Policy = policy,
            SeedLow = seed,
            SeedHigh = ~seed,
        });
        Access = new StoreAccess(Store) { Now = 1_700_000_000_000 };
    }

    internal KeyValueStore Store { get; }

    internal StoreAccess Access { get; }

    internal ExpirySweep Sweep { get; } = new();

    public void Dispose() => Store.Dispose();

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal ulong Hash(byte[] key)
    {
        fixed (byte* bytes = key)
        {
            return Store.HashKey(bytes, key.Length);
        }
    }

    internal StoreResult Set(byte[] key, byte[] value, long expireAt = 0, EntryFlags flags = EntryFlags.None)
    {
        fixed (byte* keyBytes = key)
        fixed (byte* valueBytes = value)
        {
            ulong hash = Store.HashKey(keyBytes, key.Length);
            Access.Lock(hash);
            StoreResult result = Access.Writer.Put(
                keyBytes, key.Length, hash, valueBytes, value.Length, new ChangeNote(ChangeName.Set), expireAt, flags);
            Access.Unlock();
            return result;
        }
    }

    internal byte[]? Get(byte[] key)
    {
        fixed (byte* keyBytes = key)
        {
            ulong hash = Store.HashKey(keyBytes, key.Length);
            Access.Lock(hash);
            Entry* entry = Access.Keys.LookupRead(keyBytes, key.Length, hash);
            byte[]? value = entry == null ? null : entry->Value.ToArray();
            Access.Unlock();
            return value;
        }
    }

    internal long ExpiryOf(byte[] key)
    {
        fixed (byte* keyBytes = key)
        {
            ulong hash = Store.HashKey(keyBytes, key.Length);
            Access.Lock(hash);
            Entry* entry = Access.Keys.LookupNoEffects(keyBytes, key.Length, hash);
            long expiry = entry == null ? -1 : entry->Expiry;
            Access.Unlock();
            return expiry;
        }
    }

    internal bool Delete(byte[] key)
    {
        fixed (byte* keyBytes = key)
        {
            ulong hash = Store.HashKey(keyBytes, key.Length);
            Access.Lock(hash);
            bool deleted = Access.Writer.Delete(keyBytes, key.Length, hash, new ChangeNote(ChangeName.Delete));
            Access.Unlock();
            return deleted;
        }
    }

    /// <summary>Resizes and fills the new part; null when the key is not there.</summary>
    internal StoreResult? Resize(byte[] key, long length, byte fill)
    {
        fixed (byte* keyBytes = key)
        {
            ulong hash = Store.HashKey(keyBytes, key.Length);
            Access.Lock(hash);
            StoreResult? result = null;
            Entry* entry = Access.Keys.LookupWrite(keyBytes, key.Length, hash);
            if (entry != null)
            {
                long old = entry->ValueLength;
                byte* data = Access.Editor.Begin(keyBytes, key.Length, hash, entry, length);
                result = data == null ? StoreResult.OutOfMemory : StoreResult.Ok;
                if (data != null && length > old)
                {
                    Span<byte> grown = new(data + old, (int)(length - old));
                    if (grown.IndexOfAnyExcept((byte)0) >= 0)
                    {
                        throw new InvalidOperationException("grown part not zero");
                    }

                    grown.Fill(fill);
                }

                if (data != null)
                {
                    Access.Editor.Commit(old, Math.Max(0, length - old), new ChangeNote(ChangeName.Append));
                }
            }

            Access.Unlock();
            return result;
        }
    }

    internal bool SetExpiry(byte[] key, long expireAt)
    {
        fixed (byte* keyBytes = key)
        {
            ulong hash = Store.HashKey(keyBytes, key.Length);
            Access.Lock(hash);
            Entry* entry = Access.Keys.LookupWrite(keyBytes, key.Length, hash);
            bool done = entry != null
                && Access.Writer.SetExpiry(entry, hash, expireAt, new ChangeNote(expireAt == 0 ? ChangeName.Persist : ChangeName.Expire));
            Access.Unlock();
            return done;
        }
    }
}
