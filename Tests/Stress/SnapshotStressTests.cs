using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using Epollsrv.Store;
using Epollsrv.Tests.Unit.Store;
using Xunit;
using Xunit.Abstractions;

namespace Epollsrv.Tests.Stress;

/// <summary>
/// Threads move amounts between keys of two databases, each move one group, while others' keys come and go around them and one snapshot
/// follows the other: each has every account once, and all amounts together are what they always are.
/// </summary>
[Collection(LoadCollection.Name)]
[Trait("Category", "Stress")]
public sealed unsafe class SnapshotStressTests(ITestOutputHelper output)
{
    private const int Accounts = 1500;
    private const int Opening = 1000;
    private const int Writers = 4;
    private const int Seconds = 10;

    // Whose keys come and go; it is flushed now and then, which aborts a snapshot.
    private const int Passing = 2;

    private const int AmountBytes = sizeof(long);
    private static readonly ChangeNote _note = new(ChangeName.Set);

    private KeyValueStore? _store;
    private bool _over;
    private long _moves;

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public void Every_snapshot_has_each_account_once_and_the_sum(int partitions)
    {
        int seed = TestSeed.Choose();
        output.WriteLine($"seed {seed}");
        using StoreFixture fixture = new(partitions, seed: (ulong)seed);
        _store = fixture.Store;
        for (int account = 0; account < Accounts; account++)
        {
            _ = fixture.Access.TrySelect(account & 1);
            Assert.Equal(StoreResult.Ok, fixture.Set(Name(account), Value(Opening, account % 50 == 0 ? 30_000 : account % 100)));
        }

        int saved = 0;
        int aborted = 0;
        List<Action> actions = [];
        for (int writer = 0; writer < Writers; writer++)
        {
            Random random = new(unchecked(seed + (writer * 7919)));
            int number = writer;
            actions.Add(() => Write(random, number));
        }

        actions.Add(() =>
        {
            try
            {
                Save(new Random(seed - 1), ref saved, ref aborted);
            }
            finally
            {
                Volatile.Write(ref _over, true); // ends the writers
            }
        });
        Watchdog.Run(Patience.Milliseconds / 1000, () => $"{_moves} moves, {saved} snapshots", [.. actions]);
        output.WriteLine($"{_moves} moves, {saved} snapshots, {aborted} aborted");
        Assert.True(saved > 10, saved + " snapshots");
        Assert.True(aborted > 1, aborted + " aborted");
    }

    private static byte[] Name(int account) => Encoding.ASCII.GetBytes("account" + account.ToString(CultureInfo.InvariantCulture));

    private static byte[] Value(long amount, int filling)
    {
        byte[] value = new byte[AmountBytes + filling];
        BitConverter.TryWriteBytes(value, amount);
        return value;
    }

    private void Save(Random random, ref int saved, ref int aborted)
    {
        StoreAccess access = new(_store!) { Now = 1_700_000_000_000 };
        StoreSnapshot snapshot = new(_store!);
        long longest = 0;
        for (long end = Environment.TickCount64 + (Seconds * 1000); Environment.TickCount64 < end;)
        {
            SnapshotCollector collector = new();
            access.LockPartitions(_store!.AllPartitions);
            Assert.True(snapshot.TryBegin(access, SnapshotCollector.Consumer, collector));
            access.UnlockAll();
            int abortAt = random.Next(20) == 0 ? random.Next(20) : -1;
            SnapshotProgress progress;
            do
            {
                if (abortAt-- == 0)
                {
                    snapshot.Abort();
                }

                progress = snapshot.SaveSome(access, random.Next(1, 5000));
            }
            while (progress == SnapshotProgress.More);

            snapshot.End();
            longest = Math.Max(longest, snapshot.LongestHold);
            Dictionary<string, string> keys = collector.Take();
            if (progress == SnapshotProgress.Aborted)
            {
                aborted++;
                continue;
            }

            Check(keys, snapshot);
            saved++;
        }

        // The last one is compared with the store, which nobody changes while all is locked.
        access.LockPartitions(_store!.AllPartitions);
        SnapshotCollector last = new();
        Assert.True(snapshot.TryBegin(access, SnapshotCollector.Consumer, last));
        while (snapshot.SaveSome(access, 10_000) == SnapshotProgress.More)
        {
        }

        snapshot.End();
        Assert.True(SnapshotCollector.IsLevel(_store));
        SnapshotCollector.AssertSame(SnapshotCollector.KeysOf(_store), last.Take());
        access.UnlockAll();
        output.WriteLine($"longest hold {longest / 1000} us of CPU");
    }

    private static void Check(Dictionary<string, string> keys, StoreSnapshot snapshot)
    {
        long sum = 0;
        for (int account = 0; account < Accounts; account++)
        {
            string name = (account & 1) + "/" + Encoding.ASCII.GetString(Name(account));
            Assert.True(keys.TryGetValue(name, out string? value), "not saved: " + name);
            sum += BitConverter.ToInt64(Encoding.Latin1.GetBytes(value[..AmountBytes]));
        }

        Assert.Equal((long)Accounts * Opening, sum);
        long count = 0;
        for (int database = 0; database < 3; database++)
        {
            count += snapshot.CountersOf(database).Keys;
        }

        Assert.Equal(count, keys.Count);
    }

    private void Write(Random random, int number)
    {
        StoreAccess access = new(_store!) { Now = 1_700_000_000_000 };
        ExpirySweep sweep = new();
        for (int round = 0; !Volatile.Read(ref _over); round++)
        {
            Move(access, random);
            _ = Interlocked.Increment(ref _moves);
            Pass(access, random, (number << 16) | random.Next(2000));
            if (round % 50 == 0 && number == 0)
            {
                access.Now += 10;
                _ = sweep.Step(access, 1000);
            }

            if (random.Next(20_000) == 0)
            {
                Assert.True(access.TryFlush(Passing, default));
            }
        }
    }

    // A key that stays for a while: buckets are split and joined.
    private static void Pass(StoreAccess access, Random random, int name)
    {
        Assert.True(access.TrySelect(random.Next(Passing + 1)));
        ulong hash = access.Hash((byte*)&name, sizeof(int));
        access.Lock(hash);
        if (random.Next(2) == 0)
        {
            _ = access.Writer.Delete((byte*)&name, sizeof(int), hash, _note);
        }
        else
        {
            long value = random.Next();
            long expiry = random.Next(3) == 0 ? access.Now + random.Next(1, 1000) : 0;
            Assert.Equal(
                StoreResult.Ok, access.Writer.Put((byte*)&name, sizeof(int), hash, (byte*)&value, sizeof(long), _note, expiry));
        }

        access.Unlock();
    }

    // From one account to some others, all of them one group.
    private static void Move(StoreAccess access, Random random)
    {
        int count = random.Next(2, 5);
        int[] accounts = new int[count];
        ulong[] hashes = new ulong[count];
        int first = random.Next(Accounts);
        for (int i = 0; i < count; i++)
        {
            accounts[i] = (first + (i * 37)) % Accounts;
            fixed (byte* name = Name(accounts[i]))
            {
                hashes[i] = access.Hash(name, Name(accounts[i]).Length);
            }
        }

        access.LockAll(hashes);
        access.Group.Begin(oneRecord: false);
        for (int i = 1; i < count; i++)
        {
            long amount = random.Next(-500, 500);
            Add(access, random, accounts[0], hashes[0], -amount);
            Add(access, random, accounts[i], hashes[i], amount);
        }

        access.Group.End();
        access.UnlockAll();
    }

    // In place, as a new value of any length, or by taking the key away first.
    private static void Add(StoreAccess access, Random random, int account, ulong hash, long amount)
    {
        Assert.True(access.TrySelect(account & 1));
        byte[] name = Name(account);
        fixed (byte* key = name)
        {
            Assert.True(access.Editor.TryLock(key, name.Length, hash, mayCopy: true, out Entry* entry));
            amount += *(long*)entry->ValuePointer;
            int way = random.Next(10);
            if (way < 6)
            {
                long length = way == 0 ? AmountBytes + random.Next(20_000) : entry->ValueLength;
                *(long*)access.Editor.Begin(key, name.Length, hash, entry, length) = amount;
                access.Editor.Commit(0, AmountBytes, _note);
            }
            else
            {
                if (way == 6)
                {
                    access.Writer.Delete(entry, hash, _note);
                }

                byte[] value = Value(amount, random.Next(40) == 0 ? random.Next(15_000, 60_000) : random.Next(200));
                fixed (byte* bytes = value)
                {
                    Assert.Equal(StoreResult.Ok, access.Writer.Put(key, name.Length, hash, bytes, value.Length, _note));
                }
            }

            access.Unlock();
        }
    }
}
