using Epollsrv.Store;
using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>The door for writes: each change of a key is one effect, told
/// with the final bytes; and what the modes of an access do.</summary>
public sealed unsafe class StoreEffectTests
{
    private const long Now = 1_700_000_000_000;

    [Fact]
    public void Each_mutator_commits_one_effect_with_the_final_bytes()
    {
        using StoreFixture fixture = new();
        EffectRecorder recorder = new(fixture);
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, StoreFixture.Bytes("one"));
        fixture.Set(key, StoreFixture.Bytes("two"), Now + 5000);
        Assert.Equal(StoreResult.Ok, fixture.Resize(key, 5, (byte)'!'));
        Assert.True(fixture.SetExpiry(key, Now + 7000));
        Assert.True(fixture.SetExpiry(key, 0));
        Assert.True(fixture.SetExpiry(key, 0));
        Assert.True(fixture.Delete(key));
        Assert.False(fixture.Delete(key));
        Assert.Equal(
            [
                "Put key=one new Set", "Put key=two@1700000005000 Set", "Edit key=two!!@1700000005000 Append",
                "Expiry key=two!!@1700000007000 Expire", "Expiry key=two!! Persist", "Delete key Delete",
            ],
            recorder.Take());
        Assert.Equal(6, recorder.Journalled);
    }

    [Fact]
    public void Look_ups_that_find_something_are_no_effects_and_misses_are_told_only_when_wanted()
    {
        using StoreFixture fixture = new();
        EffectRecorder recorder = new(fixture);
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, StoreFixture.Bytes("one"));
        _ = recorder.Take();
        Assert.NotNull(fixture.Get(key));
        Assert.Null(fixture.Get(StoreFixture.Bytes("other")));
        Assert.Empty(recorder.Take());
        fixture.Access.ReportsMisses = true;
        Assert.Null(fixture.Get(StoreFixture.Bytes("other")));
        Assert.Equal(["Told other Miss"], recorder.Take());
        Assert.Equal(1, recorder.Journalled);
    }

    [Fact]
    public void A_key_that_expires_is_told_before_what_takes_its_place()
    {
        using StoreFixture fixture = new();
        EffectRecorder recorder = new(fixture);
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, StoreFixture.Bytes("one"), Now + 1);
        fixture.Access.Now = Now + 1;
        fixture.Set(key, StoreFixture.Bytes("two"));
        Assert.Equal(["Put key=one@1700000000001 new Set", "Delete key Expired Expired", "Put key=two new Set"], recorder.Take());
    }

    [Fact]
    public void Evicted_keys_are_told_before_the_write_that_needed_the_room()
    {
        using StoreFixture fixture = new(partitions: 1, maxMemory: 256 * 1024, policy: EvictionPolicy.AllKeysLru);
        EffectRecorder recorder = new(fixture);
        for (int i = 0; i < 2000; i++)
        {
            Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes("key" + i), new byte[300]));
        }

        Assert.Contains(recorder.Lines, line => line.Contains("Evicted Evicted", System.StringComparison.Ordinal));
        Assert.StartsWith("Put key1999=", recorder.Lines[^1], System.StringComparison.Ordinal);
        Assert.Equal(2000 + (int)fixture.Store.Counters.Evicted, recorder.Lines.Count);
    }

    [Fact]
    public void The_effects_of_a_group_say_so_and_its_end_is_told()
    {
        using StoreFixture fixture = new();
        EffectRecorder recorder = new(fixture);
        byte[] first = StoreFixture.Bytes("a");
        byte[] second = StoreFixture.Bytes("b");
        fixture.Access.LockAll([fixture.Hash(first), fixture.Hash(second)]);
        fixture.Access.Group.Begin(oneRecord: false);
        fixture.Set(first, StoreFixture.Bytes("1"));
        fixture.Access.Group.Begin(oneRecord: true);
        Assert.True(fixture.Access.Group.IsOneRecord);
        fixture.Set(second, StoreFixture.Bytes("2"));
        fixture.Access.Group.End();
        Assert.False(fixture.Access.Group.IsOneRecord);
        Assert.True(fixture.Access.Group.IsOpen);
        fixture.Access.Group.End();
        fixture.Access.UnlockAll();
        fixture.Set(first, StoreFixture.Bytes("3"));
        Assert.Equal(["+ Put a=1 new Set", "+ Put b=2 new Set", "end", "end", "Put a=3 Set"], recorder.Take());
    }

    [Fact]
    public void What_is_told_neither_expires_nor_evicts_nor_is_refused()
    {
        using StoreFixture fixture = new(partitions: 1, maxMemory: 128 * 1024, policy: EvictionPolicy.AllKeysLru);
        fixture.Access.OwnMode = AccessMode.Told;
        byte[] old = StoreFixture.Bytes("old");
        fixture.Set(old, StoreFixture.Bytes("value"), Now - 1000);
        Assert.Equal(StoreFixture.Bytes("value"), fixture.Get(old));
        Assert.Equal(StoreResult.Ok, fixture.Resize(old, 6, (byte)'!'));
        Assert.Equal(Now - 1000, fixture.ExpiryOf(old));
        for (int i = 0; i < 2000; i++)
        {
            Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes("key" + i), new byte[300]));
        }

        Assert.Equal(StoreResult.Ok, fixture.Set(StoreFixture.Bytes("large"), new byte[200_000]));
        Assert.Equal(0, fixture.Store.Counters.Evicted);
        Assert.Equal(0, fixture.Store.Counters.Expired);
        Assert.Equal(2002, fixture.Store.Counters.Keys);
        fixture.Access.OwnMode = AccessMode.Normal;
        Assert.Null(fixture.Get(old));
    }

    [Fact]
    public void A_client_of_a_replica_does_not_see_what_has_expired_and_does_not_remove_it()
    {
        using StoreFixture fixture = new();
        EffectRecorder recorder = new(fixture);
        byte[] key = StoreFixture.Bytes("key");
        fixture.Set(key, StoreFixture.Bytes("one"), Now + 1);
        fixture.Access.OwnMode = AccessMode.ReplicaClient;
        fixture.Access.Now = Now + 1;
        _ = recorder.Take();
        Assert.Null(fixture.Get(key));
        Assert.Equal(-1, fixture.ExpiryOf(key));
        Assert.False(fixture.Delete(key));
        Assert.Equal(1, fixture.Store.Counters.Keys);
        Assert.Empty(recorder.Take());

        // A write puts a new value in its place, without the old one's time.
        fixture.Set(key, StoreFixture.Bytes("two"), StoreAccess.KeepExpiry);
        Assert.Equal(["Put key=two new Set"], recorder.Take());
        Assert.Equal(1, fixture.Store.Counters.Keys);
        Assert.Equal(0, fixture.Store.Counters.ExpiringKeys);
    }
}
