using System;
using System.Collections.Generic;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// What a reload is going to change. It is made completely before anything is changed, so that a mistake changes nothing. One thread.
/// </summary>
internal sealed class ReloadPlan
{
    private readonly List<Func<string?>> _changes = [];
    private readonly List<string> _warnings = [];

    /// <summary>Adds a change.</summary>
    /// <param name="change">Makes it, and says what it was, for the log; null: nothing is different. Cannot fail.</param>
    public void Add(Func<string?> change) => _changes.Add(change);

    /// <summary>Notes that a setting differs from that of the start, and cannot be changed while the node runs.</summary>
    public void AddFixed(OptionEntry entry)
    {
        if (entry.IsSet)
        {
            AddFixed(entry.Name, entry.Place);
        }
        else
        {
            AddWarning(entry.Name + " is no longer in the file, and cannot be changed while the node runs: restart it to have the default");
        }
    }

    /// <summary>The same of a setting that stands at a place.</summary>
    public void AddFixed(string name, string place)
        => AddWarning(place + ": " + name + " cannot be changed while the node runs: restart it to have the new value");

    /// <summary>Adds a warning.</summary>
    public void AddWarning(string warning) => _warnings.Add(warning);

    /// <summary>Makes all changes, and says in one line what they were.</summary>
    /// <param name="addition">What the line says of those that were left out; null: when nothing has changed, this one is left out, too.
    /// </param>
    public void Apply(string? addition)
    {
        string report = string.Empty;
        foreach (Func<string?> change in _changes)
        {
            report += change() is { } what ? (report.Length == 0 ? string.Empty : ", ") + what : string.Empty;
        }

        if (report.Length == 0 && addition is null)
        {
            return;
        }

        foreach (string warning in _warnings)
        {
            Log.Warning("reload: " + warning);
        }

        Log.Info("reloaded: " + (report.Length == 0 ? "nothing has changed" : report) + addition);
    }
}
