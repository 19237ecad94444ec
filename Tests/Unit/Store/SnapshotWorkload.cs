using System;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Random changes of all kinds that a store knows, some of them of many keys.</summary>
internal sealed unsafe class SnapshotWorkload(StoreFixture fixture, Random random)
{
    private const int Names = 700;

    // The last ones are used for the first time at some moment of the test.
    private static readonly int[] _databases = [0, 0, 0, 0, 0, 1, 1, 1, 5, 5, 9, 12];

    private readonly byte[][] _names = MakeNames(random);
    private StoreAccess Access => fixture.Access;

    /// <summary>Makes one change, or some hundred of the same kind.</summary>
    internal void Step()
    {
        Select();
        byte[] key = Key();
        switch (random.Next(50))
        {
            case < 10:
                _ = fixture.Set(key, Value(), Expiry());
                break;
            case < 13:
                _ = fixture.Set(key, Value(), StoreAccess.KeepExpiry);
                break;
            case < 18:
                _ = fixture.Delete(key);
                break;
            case < 21:
                _ = fixture.SetExpiry(key, random.Next(2) == 0 ? 0 : Access.Now + random.Next(1, 500));
                break;
            case < 24:
                _ = fixture.Resize(key, Length(), (byte)random.Next(256));
                break;
            case < 29:
                Edit(key, random.Next(2) == 0);
                break;
            case < 31:
                Copy(key, Key());
                break;
            case 31:
                _ = fixture.Get(key);
                Access.Now += random.Next(10);
                break;
            case 32:
                _ = fixture.Sweep.Step(Access, 500);
                break;
            case 33:
                Squeeze();
                break;
            case 34:
                int first = _databases[random.Next(_databases.Length)];
                Assert.True(Access.TrySwap(first, _databases[random.Next(_databases.Length)], default));
                break;
            case 35:
                Burst();
                break;
            case 36 or 37:
                _ = fixture.Put(key, Value(), Fields(), Expiry());
                break;
            case >= 38 and < 44:
                _ = fixture.SetItem(key, Fields());
                break;
            case 44 or 45:
                _ = fixture.TryAssignUnique(key);
                break;
            default:
                Group(key, Key());
                break;
        }

        Access.SelectFirst();
    }

    /// <summary>Puts keys into some databases.</summary>
    internal void Fill(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(Access.TrySelect(_databases[random.Next(9)]));
            _ = random.Next(2) == 0 ? fixture.Set(Key(), Value(), Expiry()) : fixture.Put(Key(), Value(), Fields(), Expiry());
        }

        Access.SelectFirst();
    }

    private static byte[][] MakeNames(Random random)
    {
        byte[][] names = new byte[Names][];
        for (int i = 0; i < Names; i++)
        {
            names[i] = new byte[4 + random.Next(i % 100 == 0 ? 70_000 : i % 10 == 0 ? 3000 : 30)];
            random.NextBytes(names[i]);
            BitConverter.TryWriteBytes(names[i], i);
        }

        return names;
    }

    private void Select() => Assert.True(Access.TrySelect(_databases[random.Next(_databases.Length)]));

    private byte[] Key() => _names[random.Next(Names)];

    private ItemFields Fields() => new((uint)random.Next(2), (ulong)random.Next(2), (ItemState)random.Next(2));

    private long Expiry() => random.Next(3) == 0 ? Access.Now + random.Next(1, 500) : 0;

    private int Length() => random.Next(60) switch
    {
        0 => random.Next(300_000),
        < 4 => random.Next(15_000, 21_000),
        < 10 => random.Next(3000),
        _ => random.Next(60),
    };

    private byte[] Value()
    {
        byte[] value = new byte[Length()];
        random.NextBytes(value);
        return value;
    }

    // Changes bytes where they are, and perhaps the length.
    private void Edit(byte[] key, bool sameLength)
    {
        fixed (byte* bytes = key)
        {
            ulong hash = fixture.Hash(key);
            Assert.True(Access.Editor.TryLock(bytes, key.Length, hash, mayCopy: true, out Entry* entry));
            long length = entry != null && sameLength ? entry->ValueLength : Length();
            byte* data = Access.Editor.Begin(bytes, key.Length, hash, entry, length);
            if (data != null)
            {
                long offset = length == 0 ? 0 : random.NextInt64(length);
                long written = Math.Min(length - offset, 50);
                random.NextBytes(new Span<byte>(data + offset, (int)written));
                Access.Editor.Commit(offset, written, default);
            }

            Access.Unlock();
        }
    }

    // A large value gets a second key, perhaps in another database.
    private void Copy(byte[] from, byte[] to)
    {
        LargeValue* block = null;
        fixed (byte* bytes = from)
        {
            ulong hash = fixture.Hash(from);
            Access.Lock(hash);
            Entry* entry = Access.Keys.LookupRead(bytes, from.Length, hash);
            block = entry != null && entry->IsLarge ? entry->PinValue() : null;
            Access.Unlock();
        }

        if (block == null)
        {
            return;
        }

        Select();
        fixed (byte* bytes = to)
        {
            ulong hash = fixture.Hash(to);
            Access.Lock(hash);
            if (Access.Writer.Put(bytes, to.Length, hash, block, default, Expiry()) != StoreResult.Ok)
            {
                LargeValue.Release(block);
            }

            Access.Unlock();
        }
    }

    // The maximum is lowered for a moment.
    private void Squeeze()
    {
        if (fixture.Store.Policy != EvictionPolicy.NoEviction)
        {
            long maximum = fixture.Store.MaxMemory;
            fixture.Store.MaxMemory = Math.Max(1, fixture.Store.UsedMemory - 10_000);
            _ = Access.Memory.EvictStep(10);
            fixture.Store.MaxMemory = maximum;
        }
    }

    // Splits and joins buckets.
    private void Burst()
    {
        bool deletes = random.Next(2) == 0;
        int start = random.Next(Names);

        // Mostly few: after a change of many keys there is nothing left that is not saved.
        int count = random.Next(10) == 0 ? random.Next(Names) : random.Next(40);
        for (int i = 0; i < count; i++)
        {
            byte[] key = _names[(start + i) % Names];
            _ = deletes ? (fixture.Delete(key) ? StoreResult.Ok : StoreResult.OutOfMemory) : fixture.Set(key, [1, 2, 3]);
        }
    }

    private void Group(byte[] first, byte[] second)
    {
        Access.LockAll([fixture.Hash(first), fixture.Hash(second)]);
        Access.Group.Begin(oneRecord: false);
        _ = fixture.Set(first, Value());
        Edit(second, sameLength: true);
        Access.Group.End();
        Access.UnlockAll();
    }
}
