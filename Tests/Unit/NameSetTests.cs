using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using Epollsrv.Ring;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The set of file names against a set of the base library.</summary>
public sealed class NameSetTests
{
    [Fact]
    public void Random_additions_and_removals_agree_with_a_set_of_the_base_library()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        NameSet names = new();
        HashSet<string> expected = [];
        for (int i = 0; i < 20_000; i++)
        {
            string name = "file-" + random.Next(i < 10_000 ? 2000 : 100);
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            bool adds = random.Next(3) != 0;
            Assert.Equal(adds ? expected.Add(name) : expected.Remove(name), adds ? names.Add(bytes) : names.Remove(bytes));
            Assert.Equal(expected.Count, names.Count);
            Assert.True(expected.Contains(name) == names.Contains(bytes), "seed " + seed);
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal),
            names.ToArray().Select(name => Encoding.UTF8.GetString(name)).Order(StringComparer.Ordinal));
        names.Clear();
        Assert.Equal(0, names.Count);
        Assert.Empty(names.ToArray());
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Names_are_no_load_on_the_managed_heap_and_those_beyond_the_limit_are_refused()
    {
        const int most = 300_000;
        using NameSet names = new(most);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Span<byte> name = new byte[60];
        for (int i = 0; i < most + 5; i++)
        {
            _ = i.TryFormat(name, out int _, "D60");
            _ = names.Add(name);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal((most, 5), (names.Count, names.Refused));
        Assert.True(names.Remove(names.TryAt(FirstPlace(names), out ReadOnlySpan<byte> one) ? one.ToArray() : []));
        Assert.True(names.Add(name));
    }

    [Fact]
    public void Sorted_they_come_in_the_order_of_their_bytes()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        for (int count = 0; count < 200; count++)
        {
            using NameSet names = new();
            byte[] name = new byte[3];
            for (int i = 0; i < count; i++)
            {
                random.NextBytes(name);
                _ = names.Add(name.AsSpan(0, random.Next(1, 4)));
            }

            byte[][] expected = [.. names.ToArray()
                .Order(Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right)))];
            names.Sort();
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.True(names.TryAt(i, out ReadOnlySpan<byte> found) && found.SequenceEqual(expected[i]), "seed " + seed);
            }
        }
    }

    private static int FirstPlace(NameSet names)
    {
        int place = 0;
        while (!names.TryAt(place, out _))
        {
            place++;
        }

        return place;
    }

    [Fact]
    public void The_set_keeps_a_copy_of_its_own()
    {
        byte[] name = [1, 2, 3];
        NameSet names = new();
        Assert.True(names.Add(name));
        name[0] = 9;
        Assert.True(names.Contains([1, 2, 3]));
        Assert.False(names.Contains(name));
        Assert.True(names.Add([]));
        Assert.True(names.Contains([]));
    }
}
