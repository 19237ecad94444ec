using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using Epollsrv.Share;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The set of file names against a set of the base library.</summary>
public sealed class NameSetTests
{
    [Fact]
    public void Random_additions_and_removals_agree_with_a_set_of_the_base_library()
    {
        int seed = Environment.TickCount;
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

        Assert.Equal(expected.Order(StringComparer.Ordinal), names.ToArray().Select(name => Encoding.UTF8.GetString(name)).Order(StringComparer.Ordinal));
        names.Clear();
        Assert.Equal(0, names.Count);
        Assert.Empty(names.ToArray());
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
