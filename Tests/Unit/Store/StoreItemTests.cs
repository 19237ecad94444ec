using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Epollsrv.Native;
using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Flags, unique and state of memcached's items.</summary>
public sealed unsafe class StoreItemTests
{
    private static readonly byte[] _key = StoreFixture.Bytes("key");
    private static readonly byte[] _value = StoreFixture.Bytes("value");

    [Fact]
    public void A_key_without_them_has_none_and_takes_no_room_for_them()
    {
        using StoreFixture fixture = new();
        fixture.Set(_key, _value);
        Assert.True(fixture.ItemOf(_key)!.Value.IsNone);
        long bytes = fixture.MemoryOf(_key);
        Assert.Equal(StoreResult.Ok, fixture.Put(_key, _value, default));
        Assert.Equal(bytes, fixture.MemoryOf(_key));
        Assert.Equal(StoreResult.Ok, fixture.Put(_key, _value, new ItemFields(1)));
        Assert.Equal(bytes + 16, fixture.MemoryOf(_key));
        fixture.Set(_key, _value);
        Assert.Equal(bytes, fixture.MemoryOf(_key));
        Assert.True(fixture.ItemOf(_key)!.Value.IsNone);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(5, 40_000)]
    [InlineData(70_000, 3)]
    [InlineData(70_000, 40_000)]
    public void They_stay_when_the_expiry_time_comes_and_goes_and_when_a_unique_is_assigned(int keyLength, int valueLength)
    {
        using StoreFixture fixture = new();
        byte[] key = [.. Enumerable.Repeat((byte)'k', keyLength)];
        byte[] value = [.. Enumerable.Range(0, valueLength).Select(number => (byte)number)];
        Assert.Equal(StoreResult.Ok, fixture.Put(key, value, new ItemFields(0xFFFF_FFFF, 0, ItemState.Stale)));
        long now = fixture.Access.Now;
        Assert.True(fixture.SetExpiry(key, now + 5));
        ItemFields item = fixture.AssignUnique(key);
        Assert.Equal(0xFFFF_FFFF, item.ClientFlags);
        Assert.Equal(ItemState.Stale, item.State);
        Assert.NotEqual(0UL, item.Unique);
        Assert.Equal(item, fixture.AssignUnique(key));
        Assert.Equal(now + 5, fixture.ExpiryOf(key));
        Assert.True(fixture.SetExpiry(key, now + 6));
        Assert.True(fixture.SetExpiry(key, 0));
        Assert.Equal(item, fixture.ItemOf(key));
        Assert.Equal(value, fixture.Get(key));
    }

    [Fact]
    public void An_edit_clears_them_unless_it_is_told_to_keep_the_flags()
    {
        using StoreFixture fixture = new();
        ItemFields item = new(7, 8, ItemState.WinSent);
        fixture.Put(_key, _value, item);
        fixture.Edit(_key, 5, keepsClientFlags: true);
        Assert.Equal(new ItemFields(7), fixture.ItemOf(_key));
        fixture.SetItem(_key, item);
        fixture.Edit(_key, 900, keepsClientFlags: false);
        Assert.Equal(default(ItemFields), fixture.ItemOf(_key));
    }

    [Fact]
    public void Assigning_is_told_to_the_log_alone_and_counts_as_no_change()
    {
        using StoreFixture fixture = new();
        fixture.Set(_key, _value);
        EffectRecorder recorder = new(fixture);
        long changes = fixture.Store.Counters.Changes;
        _ = fixture.AssignUnique(_key);
        Assert.Empty(recorder.Lines);
        Assert.Equal(1, recorder.Journalled);
        Assert.Equal(changes, fixture.Store.Counters.Changes);
        _ = fixture.AssignUnique(_key);
        Assert.Equal(1, recorder.Journalled);
        fixture.SetItem(_key, new ItemFields(0, 5, ItemState.Stale));
        Assert.Empty(recorder.Lines);
        Assert.Equal(2, recorder.Journalled);
        Assert.Equal(changes + 1, fixture.Store.Counters.Changes);
    }

    [Fact]
    public void A_replica_assigns_none()
    {
        using StoreFixture fixture = new();
        fixture.Set(_key, _value);
        fixture.Store.ClientMode = AccessMode.ReplicaClient;
        Assert.Equal(0UL, fixture.AssignUnique(_key).Unique);
        fixture.Store.ClientMode = AccessMode.Normal;
        Assert.NotEqual(0UL, fixture.AssignUnique(_key).Unique);
    }

    [Fact]
    public void Without_memory_nothing_is_changed()
    {
        using StoreFixture fixture = new(partitions: 1, maxMemory: 64 * 1024);
        int number = 0;
        while (fixture.Set(StoreFixture.Bytes("key" + number), new byte[16]) == StoreResult.Ok)
        {
            number++;
        }

        byte[] key = StoreFixture.Bytes("key0");
        ItemFields before = fixture.ItemOf(key)!.Value;
        for (int i = 0; i < number; i++)
        {
            fixture.TryAssignUnique(StoreFixture.Bytes("key" + i));
        }

        Assert.Equal(number, Enumerable.Range(0, number).Count(i => fixture.Get(StoreFixture.Bytes("key" + i))!.Length == 16));
        Assert.Contains(Enumerable.Range(0, number), i => fixture.ItemOf(StoreFixture.Bytes("key" + i)).Equals(before));
    }

    [Fact]
    public void A_unique_is_higher_than_all_that_were_given_or_seen_and_than_the_wall_clock()
    {
        UniqueClock uniques = new();
        Assert.Equal(0, uniques.Last);
        ulong wall = (ulong)(Clock.Wall() / 1000);
        ulong first = uniques.Next();
        Assert.True(first >= wall);
        uniques.Raise(first + 1_000_000_000_000);
        Assert.Equal(first + 1_000_000_000_001, uniques.Next());
        uniques.Raise(5);
        Assert.Equal(first + 1_000_000_000_002, uniques.Next());
        uniques.Raise(UniqueClock.Limit);
        uniques.Raise(ulong.MaxValue);
        Assert.Equal(first + 1_000_000_000_003, uniques.Next());
        uniques.Leap();
        Assert.Equal(first + 1_003_600_000_003, uniques.Next());
        Assert.Equal(first + 1_003_600_000_004, uniques.Next());
    }

    [Fact]
    public void Threads_never_get_the_same_unique()
    {
        UniqueClock uniques = new();
        List<ulong>[] got = [[], [], [], []];
        Parallel.ForEach(got, mine =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                mine.Add(uniques.Next());
            }
        });
        Assert.All(got, mine => Assert.Equal(mine.Order(), mine));
        Assert.Equal(80_000, got.SelectMany(mine => mine).Distinct().Count());
    }
}
