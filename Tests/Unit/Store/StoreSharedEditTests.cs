using System;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Editing a large value that another key or a reader refers to as well: it is copied without the lock.</summary>
public sealed unsafe class StoreSharedEditTests
{
    private const int Length = 1 << 20;

    [Fact]
    public void A_shared_value_is_copied_before_the_edit_and_the_other_keeps_its_bytes()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        byte[] value = new byte[Length];
        Array.Fill(value, (byte)'a');
        fixture.Set(key, value);
        LargeValue* pinned = Pin(fixture, key);
        fixed (byte* bytes = key)
        {
            ulong hash = fixture.Hash(key);

            // A thread that may not take the time leaves everything as it was.
            Assert.False(fixture.Access.Editor.TryLock(bytes, key.Length, hash, mayCopy: false, out _));
            Assert.True(fixture.Access.Editor.TryLock(bytes, key.Length, hash, mayCopy: true, out Entry* entry));
            Assert.True(entry->IsLarge);
            Assert.True(entry->ValuePointer != pinned->Data);
            byte* data = fixture.Access.Editor.Begin(bytes, key.Length, hash, entry, Length);
            data[0] = (byte)'b';
            fixture.Access.Editor.Commit(0, 1, new ChangeNote(ChangeName.SetRange));
            fixture.Access.Unlock();
        }

        Assert.Equal((byte)'a', pinned->Data[0]);
        Assert.Equal((byte)'b', fixture.Get(key)![0]);
        LargeValue.Release(pinned);
    }

    [Fact]
    public void An_exclusive_value_is_edited_where_it_is()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, new byte[Length]);
        LargeValue* pinned = Pin(fixture, key);
        byte* place = pinned->Data;
        LargeValue.Release(pinned);
        fixed (byte* bytes = key)
        {
            Assert.True(fixture.Access.Editor.TryLock(bytes, key.Length, fixture.Hash(key), mayCopy: false, out Entry* entry));
            Assert.True(entry->ValuePointer == place);
            fixture.Access.Unlock();
        }
    }

    [Fact]
    public void In_a_group_the_edit_copies_under_the_locks()
    {
        using StoreFixture fixture = new();
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, new byte[Length]);
        LargeValue* pinned = Pin(fixture, key);
        ulong hash = fixture.Hash(key);
        fixture.Access.LockAll([hash]);
        fixed (byte* bytes = key)
        {
            Assert.True(fixture.Access.Editor.TryLock(bytes, key.Length, hash, mayCopy: false, out Entry* entry));
            byte* data = fixture.Access.Editor.Begin(bytes, key.Length, hash, entry, Length);
            data[0] = 1;
            fixture.Access.Editor.Commit(0, 1, default);
            fixture.Access.Unlock();
        }

        fixture.Access.UnlockAll();
        Assert.Equal(0, pinned->Data[0]);
        Assert.Equal(1, fixture.Get(key)![0]);
        LargeValue.Release(pinned);
    }

    private static LargeValue* Pin(StoreFixture fixture, byte[] key)
    {
        fixed (byte* bytes = key)
        {
            ulong hash = fixture.Hash(key);
            fixture.Access.Lock(hash);
            LargeValue* value = fixture.Access.Keys.LookupRead(bytes, key.Length, hash)->PinValue();
            fixture.Access.Unlock();
            return value;
        }
    }
}
