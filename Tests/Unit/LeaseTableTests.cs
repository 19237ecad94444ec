using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The side table of leases against a simple model, and its limits.</summary>
public sealed class LeaseTableTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Random_changes_agree_with_a_dictionary()
    {
        int seed = Environment.TickCount;
        Random random = new(seed);
        LeaseTable table = new();
        Dictionary<(int Name, int Holder), bool> model = [];
        for (int i = 0; i < 30_000; i++)
        {
            int name = random.Next(300);
            int holder = random.Next(5);
            bool partial = random.Next(2) == 0;
            switch (random.Next(5))
            {
                case 0 or 1:
                    Assert.True(table.Add(Hash(name), Name(name), Holder(holder), partial, Second));
                    model[(name, holder)] = partial && model.GetValueOrDefault((name, holder), true);
                    break;
                case 2:
                    bool there = model.TryGetValue((name, holder), out bool part) && (part || !partial);
                    Assert.True(there == table.Remove(Hash(name), Name(name), Holder(holder), partial), "seed " + seed);
                    _ = there && model.Remove((name, holder));
                    break;
                case 3:
                    string[] expected = [.. model.Where(pair => pair.Key.Name == name && pair.Value == partial).Select(pair => Text(pair.Key.Holder) + (partial ? " partial" : "")).Order(StringComparer.Ordinal)];
                    byte[] lines = new byte[1000];
                    int length = table.List(Hash(name), Name(name), partial, lines);
                    Assert.Equal(expected, Encoding.ASCII.GetString(lines, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
                    break;
                default:
                    Assert.Equal(model.ContainsKey((name, holder)), table.Has(Hash(name), Name(name), Holder(holder)));
                    break;
            }

            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void What_is_not_renewed_ends_and_what_is_stays()
    {
        LeaseTable table = new() { Interval = Second };
        Assert.True(table.Add(1, Name(1), Holder(1), false, Second));
        Assert.True(table.Add(1, Name(1), Holder(2), true, Second));
        Assert.True(table.Add(2, Name(2), Holder(2), false, Second));
        Assert.Equal(3 * Second, table.UntilNext(Second));
        Assert.True(table.Renew(Holder(1), 3 * Second));
        Assert.False(table.Renew(Holder(3), 3 * Second));
        Assert.Equal(Second, table.UntilNext(3 * Second));
        Assert.Empty(End(table, (4 * Second) - 1));
        Assert.Equal(["name1 10.0.0.2 50000 kept", "name2 10.0.0.2 50000 listed"], End(table, 4 * Second));
        Assert.False(table.Renew(Holder(2), 4 * Second));
        Assert.True(table.Renew(Holder(1), 4 * Second));
        Assert.Equal(1, table.Count);
        Assert.Equal(1, table.Holders);
        Assert.Equal(2, table.Expired);

        // Seen by nobody for long: the node itself was stopped.
        Assert.InRange(table.UntilNext(5 * Second), 1, 3 * Second);
        Assert.InRange(table.UntilNext(500 * Second), 1, 3 * Second);
        Assert.Equal(["name1 10.0.0.1 50000 listed"], End(table, 503 * Second));
        Assert.Equal(-1, table.UntilNext(503 * Second));

        // And nobody has looked since: no such gift.
        Assert.True(table.Add(1, Name(1), Holder(1), false, 9000 * Second));
        Assert.Equal(3 * Second, table.UntilNext(9000 * Second));
    }

    [Fact]
    public void Nobody_can_make_it_grow_beyond_its_limits()
    {
        LeaseTable table = new();
        for (int i = 0; i < LeaseTable.MostHolders; i++)
        {
            Assert.True(table.Add(1, Name(1), Holder(i), true, Second));
        }

        Assert.False(table.Add(1, Name(1), Holder(LeaseTable.MostHolders), true, Second));
        int added = 0;
        while (table.Add((ulong)added, Encoding.ASCII.GetBytes("a rather long name that is counted with its bytes " + added), Holder(1), false, Second))
        {
            added++;
        }

        Assert.InRange(added, 50_000, 250_000);
        Assert.True(table.Renew(Holder(1), Second));
        Assert.True(table.Remove(1, Name(1), Holder(0)));
    }

    private static List<string> End(LeaseTable table, long now)
    {
        List<string> ended = [];
        byte[] name = new byte[255];
        byte[] holder = new byte[255];
        while (table.NextExpired(now, name, out int nameLength, holder, out int holderLength))
        {
            if (nameLength > 0)
            {
                string text = Encoding.ASCII.GetString(name, 0, nameLength);
                bool listed = table.End(text is "name1" ? 1UL : 2UL, name.AsSpan(0, nameLength), holder.AsSpan(0, holderLength), now);
                ended.Add(text + " " + Encoding.ASCII.GetString(holder, 0, holderLength) + (listed ? " listed" : " kept"));
            }
        }

        ended.Sort(StringComparer.Ordinal);
        return ended;
    }

    private static ulong Hash(int name) => (ulong)(name % 40);

    private static byte[] Name(int number) => Encoding.ASCII.GetBytes("name" + number);

    private static string Text(int number) => "10.0." + (number / 250) + "." + (number % 250) + " 50000";

    private static byte[] Holder(int number) => Encoding.ASCII.GetBytes(Text(number));
}
