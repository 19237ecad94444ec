using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Epollsrv.Tests.Differential;

/// <summary>How often each command and option was answered with success and with an error.</summary>
internal sealed class Coverage
{
    private readonly SortedDictionary<string, (long Successes, long Errors)> _counts = new(StringComparer.Ordinal);

    public Coverage(IEnumerable<string> labels)
    {
        foreach (string label in labels)
        {
            _counts[label] = (0, 0);
        }
    }

    /// <summary>Labels in the table.</summary>
    public int Count => _counts.Count;

    /// <summary>Counts one reply.</summary>
    public void Add(List<string> labels, bool success)
    {
        foreach (string label in labels)
        {
            (long successes, long errors) = _counts.GetValueOrDefault(label);
            _counts[label] = success ? (successes + 1, errors) : (successes, errors + 1);
        }
    }

    /// <summary>The labels that have fewer than so many successes, or errors though they can fail.</summary>
    public List<string> Below(long least)
        => Seldom(least).ConvertAll(
            missing => missing.Label + ": " + missing.Count.ToString(CultureInfo.InvariantCulture)
            + (missing.Success ? " successes" : " errors"));

    /// <summary>The same, to go on with.</summary>
    public List<(string Label, bool Success, long Count)> Seldom(long least)
    {
        List<(string Label, bool Success, long Count)> missing = [];
        foreach ((string label, (long successes, long errors)) in _counts)
        {
            if (successes < least && !NeverSucceeds(label))
            {
                missing.Add((label, true, successes));
            }

            if (errors < least && !NeverFails(label))
            {
                missing.Add((label, false, errors));
            }
        }

        return missing;
    }

    /// <summary>Adds what another run counted.</summary>
    public void Add(Coverage other)
    {
        foreach ((string label, (long successes, long errors)) in other._counts)
        {
            (long mine, long failed) = _counts.GetValueOrDefault(label);
            _counts[label] = (mine + successes, failed + errors);
        }
    }

    /// <summary>The table.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{"command or option",-40}{"successes",10}{"errors",10}\n");
        foreach ((string label, (long successes, long errors)) in _counts)
        {
            string failed = NeverFails(label) && errors == 0 ? "-" : errors.ToString(CultureInfo.InvariantCulture);
            string succeeded = NeverSucceeds(label) && successes == 0 ? "-" : successes.ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{label,-40}{succeeded,10}{failed,10}\n");
        }

        return text.ToString();
    }

    // QUIT takes and ignores any arguments.
    private static bool NeverFails(string label) =>
        label is "QUIT" or "INFO" or "COMMAND DOCS" or "UNSUBSCRIBE" or "PUNSUBSCRIBE" or "SUNSUBSCRIBE";

    private static bool NeverSucceeds(string label)
        => label.StartsWith("CLIENT SETINFO", StringComparison.Ordinal) || label.StartsWith("CLIENT NO-TOUCH", StringComparison.Ordinal)
            || label.StartsWith("CLIENT CACHING", StringComparison.Ordinal)
            || label is "OBJECT FREQ" or "READONLY" or "READWRITE" or "ASKING" or "CLIENT" or "CONFIG" or "MEMORY" or "OBJECT" or "PUBSUB";
}
