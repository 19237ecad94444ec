using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;

namespace Epollsrv.Tests.Durability;

/// <summary>
/// A key, or two that always have the same value, and what one client has asked for them: the values in order, when each was sent, and when
/// it was acknowledged. Times are numbers that only rise. One client writes, any may read.
/// </summary>
internal sealed class Subject
{
    private const int LargeBytes = 90_000;

    private readonly Lock _lock = new();
    private readonly List<SubjectVersion> _versions = [];
    private int _count;

    public Subject(string name, SubjectKind kind)
    {
        Kind = kind;
        Keys = kind is SubjectKind.Text or SubjectKind.Counter ? [name] : [name + ":a", name + ":b"];
        Forget(null);
    }

    public SubjectKind Kind { get; }

    public string[] Keys { get; }

    /// <summary>Makes subjects of all kinds.</summary>
    public static Subject[] Make(string prefix, int count)
    {
        Subject[] subjects = new Subject[count];
        for (int i = 0; i < count; i++)
        {
            subjects[i] = new Subject(prefix + i.ToString(CultureInfo.InvariantCulture), (SubjectKind)(i % 4));
        }

        return subjects;
    }

    /// <summary>Chooses the next value.</summary>
    /// <returns>The commands for it; the last one's reply acknowledges it.</returns>
    public List<string[]> Begin(Random random, long now)
    {
        lock (_lock)
        {
            _count++;
            string? value = Next(random);
            _versions.Add(new SubjectVersion { Value = value, Sent = now });
            return Commands(value, random);
        }
    }

    /// <summary>The last value is acknowledged.</summary>
    public void Acknowledge(long now)
    {
        lock (_lock)
        {
            _versions[^1].Told = Math.Min(_versions[^1].Told, now);
        }
    }

    /// <summary>The last value was refused: it must not appear.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _versions.RemoveAt(_versions.Count - 1);
        }
    }

    /// <summary>Nobody knows what became of the last value, but the node still runs and shows this one.</summary>
    public void Settle(string? shown)
    {
        lock (_lock)
        {
            if (_versions[^1].Value != shown && Kind == SubjectKind.Counter)
            {
                _versions.RemoveAt(_versions.Count - 1);
            }
        }
    }

    /// <summary>A reply has shown a value to somebody.</summary>
    /// <returns>Null, or what is wrong with that.</returns>
    public string? Show(string? value, long now)
    {
        lock (_lock)
        {
            // The same value may come again (the key is removed): which one was seen is not known, so it was the first.
            for (int i = 0; i < _versions.Count; i++)
            {
                if (_versions[i].Value == value)
                {
                    _versions[i].Told = Math.Min(_versions[i].Told, now);
                    return null;
                }
            }

            return Keys[0] + " shows a value that was never sent: " + Short(value);
        }
    }

    /// <summary>Compares what is in a node with what may be.</summary>
    /// <param name="values">Of <see cref="Keys"/>.</param>
    /// <param name="told">What somebody was told of until then must not be missing.</param>
    /// <param name="sent">What was sent later cannot be there.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Judge(ReadOnlySpan<string?> values, long told, long sent)
    {
        if (values.Length == 2 && values[0] != values[1])
        {
            return Keys[0] + " has " + Short(values[0]) + ", " + Keys[1] + " has " + Short(values[1]) + ": half of a group";
        }

        lock (_lock)
        {
            // A value that was there before may come again: what was told is the earliest place where it could be.
            int first = 0;
            for (int i = 1; i < _versions.Count; i++)
            {
                first = _versions[i].Told <= told ? i : first;
            }

            for (int i = first; i < _versions.Count && _versions[i].Sent <= sent; i++)
            {
                if (_versions[i].Value == values[0])
                {
                    return null;
                }
            }

            string? found = values[0];
            bool isOld = _versions.Exists(version => version.Value == found);
            return Keys[0] + " has " + Short(values[0]) + (isOld ? " instead of " : ", which was never sent; expected is ")
                + Short(_versions[first].Value) + " or one of the " + (_versions.Count - first - 1).ToString(CultureInfo.InvariantCulture)
                + " that were sent after it";
        }
    }

    /// <summary>Begins anew with what is there.</summary>
    public void Forget(string? value)
    {
        lock (_lock)
        {
            _versions.Clear();
            _versions.Add(new SubjectVersion { Value = value, Sent = 0, Told = 0 });
        }
    }

    private static string Short(string? value) => value is null ? "nothing"
        : value.Length < 60 ? "\"" + value + "\""
        : "\"" + value[..40] + "…\" (" + value.Length.ToString(CultureInfo.InvariantCulture) + ")";

    private string? Next(Random random)
    {
        if (Kind == SubjectKind.Counter)
        {
            long number = _versions[^1].Value is { } last ? long.Parse(last, CultureInfo.InvariantCulture) : 0;
            return (number + 1).ToString(CultureInfo.InvariantCulture);
        }

        int choice = random.Next(100);
        string name = _count.ToString(CultureInfo.InvariantCulture) + ":" + Keys[0] + ":";
        return choice < 10 ? null
            : choice < 12 ? name + new string((char)('a' + (_count % 26)), random.Next(LargeBytes))
            : name + new string((char)('a' + (_count % 26)), random.Next(100));
    }

    private List<string[]> Commands(string? value, Random random) => Kind switch
    {
        SubjectKind.Counter => [["INCR", Keys[0]]],
        _ when value is null => [["DEL", .. Keys]],
        SubjectKind.Text when random.Next(4) == 0 => [["SET", Keys[0], value, "EX", "100000"]],
        SubjectKind.Text => [["SET", Keys[0], value]],
        SubjectKind.Pair => [["MSET", Keys[0], value, Keys[1], value]],
        _ => [["MULTI"], ["SET", Keys[0], value], ["SET", Keys[1], value], ["EXEC"]],
    };
}
