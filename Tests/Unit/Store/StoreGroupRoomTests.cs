using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>The puts of a group are made all or none: room is made for their sum first.</summary>
public sealed unsafe class StoreGroupRoomTests
{
    [Theory]
    [InlineData(10, 300)]
    [InlineData(1000, 40)]
    [InlineData(3, 17_000)]
    public void Room_that_cannot_be_made_changes_nothing(int count, int length)
    {
        using StoreFixture fixture = new(partitions: 4, maxMemory: 64 * 1024);
        int filled = 0;
        while (fixture.Set(StoreFixture.Bytes("full" + filled), new byte[300]) == StoreResult.Ok)
        {
            filled++;
        }

        long keys = fixture.Store.Counters.Keys;
        Assert.False(Put(fixture, count, length, out int puts));
        Assert.Equal(0, puts);
        Assert.Equal(keys, fixture.Store.Counters.Keys);
    }

    [Theory]
    [InlineData(10, 300)]
    [InlineData(100, 40)]
    [InlineData(500, 100)]
    public void Room_is_made_by_evicting_and_then_no_put_fails(int count, int length)
    {
        using StoreFixture fixture = new(partitions: 4, maxMemory: 256 * 1024, policy: EvictionPolicy.AllKeysLru);
        for (int i = 0; i < 2000; i++)
        {
            Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes("old" + i), new byte[200]));
        }

        for (int round = 0; round < 20; round++)
        {
            Assert.True(Put(fixture, count, length + round, out int puts));
            Assert.Equal(count, puts);
        }

        // The sum was room enough: what others hold is not passed by more than a page of each partition and class.
        Assert.InRange(fixture.Store.UsedMemory, 1, (256 * 1024) + (4 * 2 * 4096));
    }

    [Fact]
    public void Overwriting_in_place_needs_no_room()
    {
        using StoreFixture fixture = new(partitions: 4, maxMemory: 64 * 1024);
        Assert.True(Put(fixture, 20, 300, out _));
        int filled = 0;
        while (fixture.Set(StoreFixture.Bytes("full" + filled), new byte[300]) == StoreResult.Ok)
        {
            filled++;
        }

        Assert.True(Put(fixture, 20, 300, out int puts));
        Assert.Equal(20, puts);
    }

    [Fact]
    public void A_thread_that_gives_up_in_a_group_keeps_to_the_maximum_again()
    {
        using StoreFixture fixture = new(partitions: 4, maxMemory: 64 * 1024);
        fixture.Access.LockAll([1]);
        fixture.Access.Group.Begin(oneRecord: true);
        Assert.True(fixture.Access.Group.TryMakeRoom(out _));
        fixture.Access.Abort();
        int filled = 0;
        while (filled < 10_000 && fixture.Set(StoreFixture.Bytes("full" + filled), new byte[300]) == StoreResult.Ok)
        {
            filled++;
        }

        Assert.InRange(filled, 1, 1000);
    }

    private static bool Put(StoreFixture fixture, int count, int length, out int puts)
    {
        StoreAccess access = fixture.Access;
        byte[][] keys = new byte[count][];
        ulong[] hashes = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            keys[i] = StoreFixture.Bytes("key" + i);
            hashes[i] = fixture.Hash(keys[i]);
        }

        puts = 0;
        access.LockAll(hashes);
        access.Group.Begin(oneRecord: true);
        bool made = true;
        bool again = true;
        while (made && again)
        {
            for (int i = 0; i < count; i++)
            {
                fixed (byte* key = keys[i])
                {
                    access.Lock(hashes[i]);
                    access.Group.PlanPut(key, keys[i].Length, hashes[i], length, expires: false);
                    access.Unlock();
                }
            }

            made = access.Group.TryMakeRoom(out again);
        }

        for (int i = 0; made && i < count; i++)
        {
            puts += fixture.Set(keys[i], new byte[length]) == StoreResult.Ok ? 1 : 0;
        }

        access.Group.End();
        access.UnlockAll();
        return made;
    }
}
