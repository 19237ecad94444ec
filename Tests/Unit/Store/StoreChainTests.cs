using System;
using System.Collections.Generic;

using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>Keys that fall into one bucket, which nobody can choose while the hash is secret.</summary>
public sealed unsafe class StoreChainTests
{
    [Fact]
    public void A_chain_longer_than_usual_stops_neither_growing_nor_shrinking()
    {
        using StoreFixture fixture = new(partitions: 1);
        List<byte[]> colliding = [];
        for (int number = 0; colliding.Count < 400; number++)
        {
            byte[] key = BitConverter.GetBytes(number);
            if ((fixture.Hash(key) & 0xFFF) == 5)
            {
                colliding.Add(key);
                fixture.Set(key, key);
            }
        }

        const int Others = 60_000;
        for (int number = 0; number < Others; number++)
        {
            fixture.Set(Other(number), [1]);
        }

        ulong grown = fixture.Store.Databases.At(0, 0)->Buckets.Count;
        Assert.InRange(grown, (ulong)Others / 7, (ulong)Others / 5);
        CheckAll(fixture, colliding);
        for (int number = 0; number < Others; number++)
        {
            Assert.True(fixture.Delete(Other(number)));
        }

        Assert.InRange(fixture.Store.Databases.At(0, 0)->Buckets.Count, 1UL, grown / 10);
        CheckAll(fixture, colliding);
    }

    private static byte[] Other(int number) => StoreFixture.Bytes("other:" + number);

    private static void CheckAll(StoreFixture fixture, List<byte[]> keys)
    {
        foreach (byte[] key in keys)
        {
            Assert.Equal(key, fixture.Get(key));
        }
    }
}
