using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;

namespace Epollsrv.Tests.Durability;

/// <summary>
/// An item of memcached's, and what one client has asked for it. As <see cref="Subject"/>, with flags and uniques: each state has a value
/// that no other has.
/// </summary>
internal sealed class ItemSubject
{
    private const int LargeBytes = 90_000;
    private const int LongestExtended = 500;

    private readonly Lock _lock = new();
    private readonly List<ItemVersion> _versions = [];
    private readonly UniqueRegister _uniques;
    private int _count;

    public ItemSubject(string key, UniqueRegister uniques)
    {
        Key = key;
        _uniques = uniques;
        _versions.Add(new ItemVersion { Value = null, Sent = 0, Told = 0 });
    }

    public string Key { get; }

    /// <summary>Chooses the next state.</summary>
    /// <returns>The request for it, which is answered with one line.</returns>
    public string Begin(Random random, long now)
    {
        lock (_lock)
        {
            _count++;
            ItemVersion last = _versions[^1];
            int choice = random.Next(100);
            string part = _count.ToString(CultureInfo.InvariantCulture) + ":"
                + new string((char)('a' + (_count % 26)), choice < 12 ? random.Next(LargeBytes) : random.Next(100));
            uint flags = random.Next(3) == 0 ? 0 : (uint)random.NextInt64(uint.MaxValue + 1L);
            if (choice < 10)
            {
                return Add(null, 0, "delete " + Key + "\r\n", now);
            }

            bool mayExtend = last.Value is not null && (last.Value.Length < LongestExtended || choice % 8 == 0);
            if (choice < 50 && mayExtend)
            {
                bool appends = choice < 30;
                string value = appends ? last.Value + part : part + last.Value;
                string request = choice % 2 == 0 ? Meta(part, appends ? "MA c" : "MP c")
                    : (appends ? "append " : "prepend ") + $"{Key} 0 0 {part.Length}\r\n{part}\r\n";
                return Add(value, last.Flags, request, now);
            }

            string time = random.Next(4) == 0 ? "100000" : "0";
            return choice < 70
                ? Add(part, flags, $"set {Key} {flags} {time} {part.Length}\r\n{part}\r\n", now)
                : Add(part, flags, Meta(part, $"F{flags} T{time} c" + (last.Unique != 0 && choice < 85 ? " C" + last.Unique : "")), now);
        }
    }

    /// <summary>The last state is acknowledged.</summary>
    /// <returns>Null, or what is wrong with the answer.</returns>
    public string? Acknowledge(string reply, long now)
    {
        lock (_lock)
        {
            ItemVersion last = _versions[^1];
            if (reply is "STORED" or "DELETED" || (reply == "NOT_FOUND" && last.Value is null))
            {
                last.Told = Math.Min(last.Told, now);
                return null;
            }

            return reply.StartsWith("HD c", StringComparison.Ordinal)
                ? Tell(last, ulong.Parse(reply.AsSpan(4), CultureInfo.InvariantCulture), now)
                : Key + " is answered with " + reply + "; its unique was " + last.Unique.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>A reply has shown the item to somebody.</summary>
    /// <returns>Null, or what is wrong with that.</returns>
    public string? Show(ShownItem shown, long now)
    {
        lock (_lock)
        {
            ItemVersion? version = _versions.Find(version => version.Value == shown.Value && version.Flags == shown.Flags);
            if (version is null)
            {
                return Key + " shows what was never sent: " + Short(shown);
            }

            if (shown.Value is not null)
            {
                return Tell(version, shown.Unique, now);
            }

            version.Told = Math.Min(version.Told, now);
            return null;
        }
    }

    /// <summary>Compares what is in a node with what may be.</summary>
    /// <param name="shown">The item, to which looking at it has given no unique.</param>
    /// <param name="told">What somebody was told of until then must not be missing.</param>
    /// <param name="sent">What was sent later cannot be there.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Judge(ShownItem shown, long told, long sent)
    {
        lock (_lock)
        {
            int first = 0;
            for (int i = 1; i < _versions.Count; i++)
            {
                first = _versions[i].Told <= told ? i : first;
            }

            int found = _versions.FindIndex(
                first, version => version.Value == shown.Value && version.Flags == shown.Flags && version.Sent <= sent);
            if (found < 0)
            {
                return Key + " has " + Short(shown) + "; expected is " + Short(Of(_versions[first])) + " or one of the "
                    + (_versions.Count - first - 1).ToString(CultureInfo.InvariantCulture) + " that were sent after it";
            }

            ItemVersion version = _versions[found];
            bool isRight = version.Unique == 0 || version.Unique == shown.Unique || (shown.Unique == 0 && version.UniqueTold > told);
            return isRight ? null : Key + " has " + Short(shown) + ", whose unique is known as "
                + version.Unique.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Begins anew with what is there.</summary>
    public void Forget(ShownItem shown)
    {
        lock (_lock)
        {
            _versions.Clear();
            _versions.Add(new ItemVersion
            {
                Value = shown.Value,
                Flags = shown.Flags,
                Sent = 0,
                Told = 0,
                Unique = shown.Unique,
                UniqueTold = 0,
            });
        }
    }

    private static ShownItem Of(ItemVersion version) => new(version.Value, version.Flags, version.Unique);

    private static string Short(ShownItem shown) => shown.Value is null ? "nothing"
        : "\"" + (shown.Value.Length < 60 ? shown.Value : shown.Value[..40] + "…") + "\" ("
            + shown.Value.Length.ToString(CultureInfo.InvariantCulture) + ") with flags "
            + shown.Flags.ToString(CultureInfo.InvariantCulture) + " and unique " + shown.Unique.ToString(CultureInfo.InvariantCulture);

    private string Meta(string part, string flags) => $"ms {Key} {part.Length} {flags}\r\n{part}\r\n";

    private string Add(string? value, uint flags, string request, long now)
    {
        _versions.Add(new ItemVersion { Value = value, Flags = flags, Sent = now });
        return request;
    }

    private string? Tell(ItemVersion version, ulong unique, long now)
    {
        version.Told = Math.Min(version.Told, now);
        version.UniqueTold = Math.Min(version.UniqueTold, now);
        if (version.Unique != 0 && version.Unique != unique)
        {
            return Key + " has another unique than before: " + Short(Of(version)) + ", now "
                + unique.ToString(CultureInfo.InvariantCulture);
        }

        bool isNew = version.Unique == 0;
        version.Unique = unique;
        return unique == 0 ? Key + " has no unique" : _uniques.Tell(unique, Key + "=" + version.Value, isNew);
    }
}
