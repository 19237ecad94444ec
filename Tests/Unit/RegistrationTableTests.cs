using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

using Epollsrv.Protocol.Cs;

using Xunit;

namespace Epollsrv.Tests.Unit;

/// <summary>The table of registrations against a simple model, and its limits.</summary>
public sealed class RegistrationTableTests
{
    private const long Second = 1_000_000_000;
    private const long Limit = 4 << 20;

    [Theory]
    [InlineData("127.0.0.1 51002\n", "127.0.0.1 51002\n", "127.0.0.1 51002\n")]
    [InlineData("127.0.0.1 51002\n", "127.0.0.1 51002", "127.0.0.1 51002\n")]
    [InlineData("127.0.0.1 51002", "127.0.0.1 51002\n", "127.0.0.1 51002")]
    [InlineData("127.0.0.1 51002\r\n", "127.0.0.1 51002\n", "127.0.0.1 51002\r\n")]
    [InlineData("127.0.0.1 51002\n", "127.0.0.1 51003\n", "127.0.0.1 51002\n 127.0.0.1 51003\n")]
    [InlineData("127.0.0.1 51002", "127.0.0.1 51003", "127.0.0.1 51002 127.0.0.1 51003")]
    [InlineData("127.0.0.1 51002\n 127.0.0.1 51003\n", "127.0.0.1 51003", "127.0.0.1 51002\n 127.0.0.1 51003\n")]
    [InlineData("127.0.0.1 5100", "127.0.0.1 51002", "127.0.0.1 5100 127.0.0.1 51002")]
    [InlineData("127.0.0.1 51002", "27.0.0.1 51002", "127.0.0.1 51002 27.0.0.1 51002")]
    [InlineData("127.0.0.1 51002 ", "127.0.0.1 51003", "127.0.0.1 51002 127.0.0.1 51003")]
    [InlineData("127.0.0.1 51002", "  127.0.0.1\t 51003  ", "127.0.0.1 51002 127.0.0.1 51003")]
    [InlineData("a.b 1", "a.b 1 c.d 2\n c.d 2 e.f 3\n", "a.b 1 c.d 2\n e.f 3\n")]
    [InlineData("a.b 1", "c.d 2\ne.f 3\n", "a.b 1 c.d 2\n e.f 3\n")]
    [InlineData("::1 6379", "[::1] 6379", "::1 6379 [::1] 6379")]
    public void Holders_are_added_behind_those_that_are_there(string first, string second, string expected)
    {
        RegistrationTable table = new(Limit);
        Assert.True(table.Add("name"u8, Encoding.UTF8.GetBytes(first), Registration.Kind.None, 1));
        Assert.True(table.Add("name"u8, Encoding.UTF8.GetBytes(second), Registration.Kind.None, 1));
        Assert.Equal(expected, Value(table, "name"u8));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Random_changes_agree_with_a_dictionary()
    {
        int seed = TestSeed.Choose();
        Random random = new(seed);
        RegistrationTable table = new(Limit) { Interval = Second };
        Dictionary<string, List<(int Holder, bool Partial, bool Lease)>> model = [];
        for (int i = 0; i < 60_000; i++)
        {
            byte[] name = Name(random.Next(200));
            string key = Encoding.ASCII.GetString(name);
            List<(int Holder, bool Partial, bool Lease)> entries = model.TryGetValue(key, out List<(int, bool, bool)>? list) ? list
                : model[key] = [];
            int holder = random.Next(8);
            int at = entries.FindIndex(entry => entry.Holder == holder);
            bool partial = random.Next(3) == 0;
            bool lease = partial || random.Next(2) == 0;
            switch (random.Next(6))
            {
                case 0 or 1:
                    Assert.True(table.Add(
                        name, Holder(holder), (lease ? Registration.Kind.Lease : 0) | (partial ? Registration.Kind.Partial : 0), 1));
                    if (at < 0)
                    {
                        entries.Add((holder, partial, lease));
                    }
                    else if (!partial && entries[at].Partial)
                    {
                        entries.RemoveAt(at);
                        entries.Add((holder, false, lease));
                    }
                    else if (!lease)
                    {
                        entries[at] = (holder, entries[at].Partial, false);
                    }

                    break;
                case 2:
                    bool there = at >= 0 && (entries[at].Partial || !partial);
                    Assert.True(there == table.Remove(name, Holder(holder), partial), "seed " + seed);
                    if (there)
                    {
                        entries.RemoveAt(at);
                    }

                    break;
                case 3 when random.Next(20) == 0:
                    Assert.True(table.RemoveAll(name) == entries.RemoveAll(entry => !entry.Partial) > 0, "seed " + seed);
                    break;
                case 4 when random.Next(300) == 0:
                    // All leases end at once.
                    int ended = 0;
                    int some;
                    while ((some = table.EndSome(1 + (3 * Second), 7)) > 0)
                    {
                        ended += some;
                    }

                    Assert.Equal(model.Values.Sum(value => value.RemoveAll(entry => entry.Lease)), ended);
                    break;
                default:
                    Assert.Equal(string.Join(' ', entries.Where(entry => !entry.Partial).Select(entry => Text(entry.Holder))),
                        Value(table, name));
                    Assert.Equal(string.Concat(entries.Where(entry => entry.Partial).Select(entry => Text(entry.Holder) + " partial\n")),
                        Lines(table, name, true, false));
                    Assert.Equal(string.Concat(
                        entries.Where(entry => entry.Lease && !entry.Partial).Select(entry => Text(entry.Holder) + "\n")),
                        Lines(table, name, false, true));
                    Assert.Equal(entries.Count(entry => !entry.Partial), table.CountOf(name));
                    break;
            }

            Assert.Equal(model.Values.Sum(value => value.Count), table.Count);
            Assert.Equal(model.Values.Sum(value => value.Count(entry => entry.Lease)), table.Leases);
        }

        // A walk meets every name once.
        byte[] next = new byte[255];
        byte[] lines = new byte[1000];
        int length = -1;
        List<string> seen = [];
        while (table.TryReadNext(next, ref length, lines, out int linesLength, out int holders))
        {
            seen.Add(Encoding.ASCII.GetString(next, 0, length));
            Assert.Equal(holders, lines.AsSpan(0, linesLength).Count((byte)'\n'));
            Assert.Equal(model[seen[^1]].Count, holders);
        }

        Assert.Equal(model.Where(pair => pair.Value.Count > 0).Select(pair => pair.Key).Order(StringComparer.Ordinal),
            seen.Order(StringComparer.Ordinal));
        Assert.Equal(seen.Count, table.Names);
        foreach (string name in seen)
        {
            _ = table.RemoveAll(Encoding.ASCII.GetBytes(name));
            for (int holder = 0; holder < 8; holder++)
            {
                _ = table.Remove(Encoding.ASCII.GetBytes(name), Holder(holder));
            }
        }

        Assert.Equal((0, 0, 0L), (table.Count, table.LeaseHolders, table.InUse));
    }

    [Fact]
    public void What_is_not_renewed_ends_and_what_is_stays()
    {
        RegistrationTable table = new(Limit) { Interval = Second };
        Assert.Equal(-1, table.UntilNextEnd(Second));
        Assert.True(table.Add("one"u8, Holder(1), Registration.Kind.Lease, Second));
        Assert.True(table.Add("one"u8, Holder(2), Registration.Kind.Lease | Registration.Kind.Partial, Second));
        Assert.True(table.Add("two"u8, Holder(2), Registration.Kind.Lease, Second));
        Assert.True(table.Add("two"u8, Holder(3), Registration.Kind.None, Second));
        Assert.Equal(3 * Second, table.UntilNextEnd(Second));
        Assert.True(table.Renew(Encoding.ASCII.GetBytes(Text(1) + "\n"), 3 * Second));
        Assert.False(table.Renew(Holder(3), 3 * Second));
        Assert.Equal(Second, table.UntilNextEnd(3 * Second));
        Assert.Equal(0, table.EndSome((4 * Second) - 1, 10));
        Assert.Equal(2, table.EndSome(4 * Second, 10));
        Assert.Equal(Text(1), Value(table, "one"u8));
        Assert.Equal(Text(3), Value(table, "two"u8));
        Assert.False(table.Renew(Holder(2), 4 * Second));
        Assert.True(table.Renew(Holder(1), 4 * Second));
        Assert.Equal((2, 1, 1, 2L), (table.Count, table.Leases, table.LeaseHolders, table.Expired));

        // Seen by nobody for long: the node itself was stopped.
        Assert.InRange(table.UntilNextEnd(5 * Second), 1, 3 * Second);
        Assert.InRange(table.UntilNextEnd(500 * Second), 1, 3 * Second);
        Assert.Equal(0, table.EndSome(500 * Second, 10));
        Assert.Equal(1, table.EndSome(503 * Second, 10));
        Assert.Equal(-1, table.UntilNextEnd(503 * Second));

        // And nobody has looked since: no such gift.
        Assert.True(table.Add("one"u8, Holder(1), Registration.Kind.Lease, 9000 * Second));
        Assert.Equal(3 * Second, table.UntilNextEnd(9000 * Second));
    }

    [Fact]
    public void Nobody_can_make_it_grow_beyond_its_limit_and_what_is_withdrawn_makes_room()
    {
        RegistrationTable table = new(1 << 20);
        for (int round = 0; round < 3; round++)
        {
            // Names of all lengths: what long ones leave serves short ones.
            int added = 0;
            while (table.Add(Long(added, round), Holder(added % 50), Registration.Kind.Lease, 1))
            {
                added++;
            }

            Assert.InRange(added, 2000, 20_000);
            Assert.InRange(table.InUse, (1 << 20) - 1000, 1 << 20);
            Assert.True(table.Add(Long(0, round), Holder(0), Registration.Kind.None, 1));
            Assert.True(table.Renew(Holder(1), 1));
            Assert.True(table.Remove(Long(7, round), Holder(7)));
            Assert.True(table.Add(Long(7, round), Holder(7), Registration.Kind.Lease, 1));
            for (int i = 0; i < added; i++)
            {
                Assert.True(table.Remove(Long(i, round), Holder(i % 50)));
            }

            Assert.Equal((0, 0, 0L), (table.Count, table.Names, table.InUse));
        }
    }

    [Fact]
    public void One_name_has_so_many_holders_and_no_more()
    {
        RegistrationTable table = new(Limit);
        for (int i = 0; i < RegistrationTable.MostHoldersOfName; i++)
        {
            Assert.True(table.Add(
                "name"u8, Holder(i), (i & 1) == 0 ? Registration.Kind.None : Registration.Kind.Lease | Registration.Kind.Partial, 1));
        }

        Assert.False(table.Add("name"u8, Holder(5000), Registration.Kind.None, 1));
        Assert.True(table.Add("name"u8, Holder(0), Registration.Kind.None, 1));
        Assert.True(table.Remove("name"u8, Holder(3)));
        Assert.True(table.Add("name"u8, Holder(5000), Registration.Kind.None, 1));
    }

    [Fact]
    public void A_value_shows_as_many_whole_holders_as_fit()
    {
        RegistrationTable table = new(Limit);
        StringBuilder list = new();
        for (int i = 0; i < 200; i++)
        {
            string holder = "10.0.0." + i + " 50001\n";
            _ = list.Append(i == 0 ? string.Empty : " ").Append(holder);
            Assert.True(table.Add("file"u8, Encoding.ASCII.GetBytes(holder), Registration.Kind.None, 1));
        }

        for (int capacity = 14; capacity < 1600; capacity++)
        {
            byte[] target = new byte[capacity];
            string shown = Encoding.ASCII.GetString(target, 0, table.Write("file"u8, target));
            Assert.StartsWith(shown, list.ToString(), StringComparison.Ordinal);
            Assert.EndsWith(" 50001", shown.TrimEnd('\n'), StringComparison.Ordinal);
            Assert.InRange(shown.Length, capacity - 17, capacity);
        }
    }

    private static string Value(RegistrationTable table, ReadOnlySpan<byte> name)
    {
        byte[] target = new byte[2000];
        return Encoding.UTF8.GetString(target, 0, table.Write(name, target));
    }

    private static string Lines(RegistrationTable table, ReadOnlySpan<byte> name, bool partial, bool onlyLeases)
    {
        byte[] target = new byte[2000];
        return Encoding.UTF8.GetString(target, 0, table.WriteLines(name, partial, onlyLeases, target));
    }

    private static byte[] Name(int number) => Encoding.ASCII.GetBytes("name" + number);

    private static byte[] Long(int number, int round) =>
        Encoding.ASCII.GetBytes((number + " ").PadRight(8 + (number * (7 + (13 * round)) % 240), 'x'));

    private static string Text(int number) => "10.0." + (number / 250) + "." + (number % 250) + " 50000";

    private static byte[] Holder(int number) => Encoding.ASCII.GetBytes(Text(number));
}
