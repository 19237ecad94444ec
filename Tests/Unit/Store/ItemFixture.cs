using System;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>What memcached's clients do with a test's store.</summary>
internal static unsafe class ItemFixture
{
    internal static StoreResult Put(this StoreFixture fixture, byte[] key, byte[] value, ItemFields item, long expireAt = 0)
    {
        fixed (byte* keyBytes = key)
        fixed (byte* valueBytes = value)
        {
            ulong hash = fixture.Hash(key);
            fixture.Access.Lock(hash);
            StoreResult result = fixture.Access.Writer.Items.Put(
                keyBytes, key.Length, hash, valueBytes, value.Length, item, new ChangeNote(ChangeName.Set), expireAt);
            fixture.Access.Unlock();
            return result;
        }
    }

    /// <summary>Null: there is no such key.</summary>
    internal static ItemFields? ItemOf(this StoreFixture fixture, byte[] key)
    {
        Entry* entry = Find(fixture, key);
        ItemFields? item = entry == null ? null : entry->Item;
        fixture.Access.Unlock();
        return item;
    }

    internal static long MemoryOf(this StoreFixture fixture, byte[] key)
    {
        long bytes = Find(fixture, key)->MemoryBytes;
        fixture.Access.Unlock();
        return bytes;
    }

    internal static ItemFields AssignUnique(this StoreFixture fixture, byte[] key)
    {
        Entry* entry = fixture.Access.Writer.Items.AssignUnique(Find(fixture, key), fixture.Hash(key));
        Assert.True(entry != null);
        ItemFields item = entry->Item;
        fixture.Access.Unlock();
        return item;
    }

    /// <summary>False: there is no such key, or no memory.</summary>
    internal static bool TryAssignUnique(this StoreFixture fixture, byte[] key)
    {
        Entry* entry = Find(fixture, key);
        bool assigned = entry != null && fixture.Access.Writer.Items.AssignUnique(entry, fixture.Hash(key)) != null;
        fixture.Access.Unlock();
        return assigned;
    }

    /// <summary>False: there is no such key.</summary>
    internal static bool SetItem(this StoreFixture fixture, byte[] key, ItemFields item)
    {
        Entry* entry = Find(fixture, key);
        bool set = entry != null && fixture.Access.Writer.Items.Set(entry, fixture.Hash(key), item) != null;
        fixture.Access.Unlock();
        return set;
    }

    /// <summary>Gives the value another length; new bytes stay zero. False: there is no such key.</summary>
    internal static bool Edit(this StoreFixture fixture, byte[] key, long length, bool keepsClientFlags)
    {
        Entry* entry = Find(fixture, key);
        if (entry != null)
        {
            fixed (byte* keyBytes = key)
            {
                ulong hash = fixture.Hash(key);
                Assert.True(fixture.Access.Editor.Begin(keyBytes, key.Length, hash, entry, length, keepsClientFlags) != null);
                fixture.Access.Editor.Commit(0, 0, new ChangeNote(ChangeName.Append));
            }
        }

        fixture.Access.Unlock();
        return entry != null;
    }

    /// <summary>Adds bytes to the value, behind or in front of it, as memcached's append and prepend do.</summary>
    internal static void Extend(this StoreFixture fixture, byte[] key, byte[] added, bool isAppend)
    {
        Entry* entry = Find(fixture, key);
        fixed (byte* keyBytes = key)
        {
            int before = (int)entry->ValueLength;
            byte[] old = entry->Value.ToArray();
            byte* data = fixture.Access.Editor.Begin(
                keyBytes, key.Length, fixture.Hash(key), entry, before + added.Length, keepsClientFlags: true);
            Assert.True(data != null);
            byte[] value = isAppend ? [.. old, .. added] : [.. added, .. old];
            value.CopyTo(new Span<byte>(data, value.Length));
            fixture.Access.Editor.Commit(
                isAppend ? before : 0, isAppend ? added.Length : value.Length, new ChangeNote(ChangeName.Append));
        }

        fixture.Access.Unlock();
    }

    // With its partition locked.
    private static Entry* Find(StoreFixture fixture, byte[] key)
    {
        fixed (byte* keyBytes = key)
        {
            ulong hash = fixture.Hash(key);
            fixture.Access.Lock(hash);
            return fixture.Access.Keys.LookupNoEffects(keyBytes, key.Length, hash);
        }
    }
}
