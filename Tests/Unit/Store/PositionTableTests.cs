using System;
using System.Collections.Generic;

using Epollsrv.Store;

using Xunit;

namespace Epollsrv.Tests.Unit.Store;

/// <summary>What a look-up has to wait for: never less than the last write of its key.</summary>
public sealed class PositionTableTests
{
    [Fact]
    public void A_key_has_at_least_the_position_of_its_last_write_and_the_floor()
    {
        Random random = new(TestSeed.Choose());
        PositionTable table = new();
        Dictionary<ulong, long> last = [];
        long position = 0;
        long floor = 0;
        for (int i = 0; i < 50_000; i++)
        {
            position += random.Next(1, 100);
            if (random.Next(10_000) == 0)
            {
                table.RaiseFloor(position);
                floor = position;
                continue;
            }

            ulong hash = (ulong)random.NextInt64() * (ulong)random.Next(1, 3);
            table.Raise(hash, position);
            last[hash] = position;
        }

        foreach ((ulong hash, long written) in last)
        {
            Assert.InRange(table.Of(hash), Math.Max(written, floor), position);
        }
    }

    [Fact]
    public void Few_keys_share_a_place()
    {
        PositionTable table = new();
        Random random = new(TestSeed.Choose());
        int written = PositionTable.Places / 64;
        for (int i = 0; i < written; i++)
        {
            table.Raise((ulong)random.NextInt64(), 1);
        }

        int waits = 0;
        for (int i = 0; i < 10_000; i++)
        {
            waits += table.Of((ulong)random.NextInt64()) > 0 ? 1 : 0;
        }

        Assert.InRange(waits, 0, 500);
    }

    [Fact]
    public void Positions_only_rise_also_when_threads_share_a_place()
    {
        const int steps = 100_000;
        PositionTable table = new();
        Beside other = new(() =>
        {
            for (int i = 2; i <= steps; i += 2)
            {
                table.Raise(1, i);
            }

            return null;
        });
        for (int i = 1; i <= steps; i += 2)
        {
            table.Raise(1, i);
            Assert.InRange(table.Of(1), i, steps);
        }

        other.Check();
        Assert.Equal(steps, table.Of(1));
        table.Raise(1, 5);
        Assert.Equal(steps, table.Of(1));
    }

    [Fact]
    public void A_request_observes_what_it_looks_up_and_what_it_writes_and_forgets_it_at_its_end()
    {
        PositionTable table = new() { End = 90 };
        ObservedPosition writer = default;
        ObservedPosition reader = default;
        writer.Write(table, 1, 10, isAsked: true);
        writer.Write(table, 2, 20, isAsked: false);
        Assert.Equal(20, writer.Take());
        Assert.Equal(0, writer.Take());
        reader.LookUp(table, 1);
        Assert.Equal(10, reader.Value);
        reader.LookUp(table, 3);
        Assert.Equal(10, reader.Take());
        reader.LookUpAll(table);
        Assert.Equal(90, reader.Take());
        writer.Flush(table, 100);
        Assert.Equal(100, writer.Take());
        reader.LookUp(table, 3);
        Assert.Equal(100, reader.Take());
    }
}
