using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>Decides whether two replies are the same, and keeps what was not.</summary>
internal sealed class Comparison(Coverage coverage)
{
    private const int ShownPerCommand = 3;

    private readonly SortedDictionary<string, (int Count, List<string> Examples)> _mismatches = new(StringComparer.Ordinal);

    public Coverage Coverage { get; } = coverage;

    /// <summary>Where in the run we are, for the report.</summary>
    public string Place { get; set; } = string.Empty;

    /// <summary>What was sent before, when that matters for the report.</summary>
    public IEnumerable<string>? Recent { get; set; }

    /// <summary>Replies compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Replies that differed without a name for it.</summary>
    public long Mismatches { get; private set; }

    /// <summary>Replies that differed as listed, per name.</summary>
    public SortedDictionary<string, long> Named { get; } = new(StringComparer.Ordinal);

    /// <summary>Compares the replies to one request; in a transaction the requests queued before are known.</summary>
    public bool Check(Request request, List<Request> queued, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Compared++;
        if (expected.SequenceEqual(actual))
        {
            return true;
        }

        Reply redis = Reply.Parse(expected);
        Reply node = Reply.Parse(actual);
        if (request.Name == "EXEC" && redis.Count == queued.Count && node.Count == queued.Count && redis.Type == node.Type)
        {
            bool all = true;
            for (int i = 0; i < queued.Count; i++)
            {
                all &= CheckOne(queued[i], redis.Elements![i], node.Elements![i], " (in a transaction)");
            }

            return all;
        }

        return CheckOne(request, redis, node, string.Empty);
    }

    /// <summary>Adds what another run compared, its coverage not.</summary>
    public void Add(Comparison other)
    {
        Compared += other.Compared;
        Mismatches += other.Mismatches;
        foreach ((string name, long count) in other.Named)
        {
            Named[name] = Named.GetValueOrDefault(name) + count;
        }

        foreach ((string name, (int count, List<string> examples)) in other._mismatches)
        {
            _mismatches[name] = _mismatches.TryGetValue(name, out (int Count, List<string> Examples) mine)
                ? (mine.Count + count, [.. mine.Examples, .. examples]) : (count, examples);
        }
    }

    /// <summary>Counts a comparison made elsewhere.</summary>
    /// <param name="name">Null: the same; empty: a difference without a name.</param>
    /// <param name="group">What it is reported under.</param>
    public void Note(string? name, string group, Request request, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        Compared++;
        if (name is { Length: 0 })
        {
            Report(group, request + "\n    redis " + Reply.Show(expected) + "\n    node  " + Reply.Show(actual));
        }
        else if (name is not null)
        {
            Named[name] = Named.GetValueOrDefault(name) + 1;
        }
    }

    /// <summary>Records a difference that has no name.</summary>
    public void Report(string name, string text)
    {
        Mismatches++;
        if (!_mismatches.TryGetValue(name, out (int Count, List<string> Examples) group))
        {
            group.Examples = [];
        }

        if (group.Examples.Count < ShownPerCommand)
        {
            group.Examples.Add(Place + ": " + text);
        }

        _mismatches[name] = (group.Count + 1, group.Examples);
    }

    /// <summary>All that has no name, grouped.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        foreach ((string name, (int count, List<string> examples)) in _mismatches)
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}: {count}\n");
            foreach (string example in examples)
            {
                text.Append("  ").Append(example).Append('\n');
            }
        }

        return text.ToString();
    }

    private bool CheckOne(Request request, Reply redis, Reply node, string where)
    {
        if (redis.Same(node))
        {
            return true;
        }

        string? name = Differences.Explain(request, redis, node);
        if (name is not null)
        {
            Named[name] = Named.GetValueOrDefault(name) + 1;
            return true;
        }

        Report(request.Labels.Count > 0 ? request.Labels[0] : request.Name, request + where
            + (Recent is null ? string.Empty : "\n      " + string.Join("\n      ", Recent)) + "\n    redis " + Show(redis) + "\n    node  "
            + Show(node));
        return false;
    }

    private static string Show(Reply reply)
    {
        StringBuilder text = new();
        Append(text, reply);
        return Reply.Show(Encoding.Latin1.GetBytes(text.ToString()));
    }

    private static void Append(StringBuilder text, Reply reply)
    {
        text.Append(reply.Type);
        if (reply.Elements is null)
        {
            text.Append(reply.Text ?? "(null)");
            return;
        }

        text.Append('[');
        foreach (Reply element in reply.Elements)
        {
            Append(text, element);
            text.Append(' ');
        }

        text.Append(']');
    }
}
