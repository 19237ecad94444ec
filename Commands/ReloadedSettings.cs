using System;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Commands;

/// <summary>What the file of --config says, when it is read again: what CONFIG SET can change, and the level of the log.</summary>
/// <param name="node">The node.</param>
/// <param name="first">The options of the start.</param>
/// <param name="last">The options of the last time.</param>
/// <param name="options">The options now.</param>
/// <param name="plan">Gets the changes.</param>
/// <param name="mostClients">The most connections that the node can have.</param>
internal sealed class ReloadedSettings(
    RunningNode node, OptionSet first, OptionSet last, OptionSet options, ReloadPlan plan, int mostClients)
{
    private readonly ConfigTable _table = node.Resp.Config!;
    private readonly Settings _settings = node.Settings;

    /// <summary>Plans the changes of options.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? PlanOptions()
    {
        string? mistake = null;
        for (int i = 0; i < options.Entries.Length && mistake is null; i++)
        {
            OptionEntry entry = options.Entries[i];
            bool concerns = entry.Source == OptionSource.File || last.Entries[i].Source == OptionSource.File
                || first.Entries[i].Source == OptionSource.File;
            if (concerns && entry.Name is not ("password" or "password-file" or "conf"))
            {
                mistake = PlanOption(entry, first.Entries[i]);
            }
        }

        return mistake;
    }

    /// <summary>Plans the changes of parameters that are no options, and takes back those that are not in the file any more.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public string? PlanParameters()
    {
        foreach (StartParameter parameter in options.Parameters)
        {
            string? mistake = StartParameters.Find(_table, parameter, out int number);
            if (mistake is null && number >= 0 && !IsGiven(number) && ConfigParameters.Show(_table, number) != parameter.Value)
            {
                mistake = PlanParameter(parameter, number);
            }

            if (mistake is not null)
            {
                return mistake;
            }
        }

        foreach (StartParameter parameter in last.Parameters)
        {
            int number = ConfigParameters.Find(_table, parameter.Name);
            if (number >= 0 && _settings.FindApplied(number) is { } applied && !IsGiven(number) && !IsInFile(number))
            {
                _ = PlanParameter(new StartParameter(parameter.Place, parameter.Name, applied.Before), number);
            }
        }

        return null;
    }

    private string? PlanOption(OptionEntry entry, OptionEntry atStart)
    {
        int number = _table.NumberOf(entry.Name);
        if (entry.Name == "log-level")
        {
            PlanNumber(entry, (long)Log.Level, entry.Number, level => Log.Level = (LogLevel)level);
        }
        else if (entry.Name == "fsync")
        {
            return PlanInterval(entry);
        }
        else if (number >= 0 && !entry.IsSet && IsInFile(number))
        {
            // The parameter of CONFIG has taken its place.
        }
        else if (number < 0 || !_table.IsChangeable(number))
        {
            if (entry.Text != atStart.Text)
            {
                plan.AddFixed(entry);
            }
        }
        else if (entry.Name == "max-clients")
        {
            PlanClients(entry);
        }
        else if (entry.Setting.Place is { } place)
        {
            long wanted = entry.Name == "max-memory" && !entry.IsSet ? ServeOptions.MemoryLimit(Cgroup.Own().Memory()) : entry.Number;
            PlanNumber(entry, place(_settings, false, 0), wanted, value => place(_settings, true, value));
        }
        else
        {
            string text = entry.Text ?? string.Empty;
            return text == ConfigParameters.Show(_table, number) ? null
                : PlanParameter(new StartParameter(entry.Place, entry.Name, text), number);
        }

        return null;
    }

    private void PlanNumber(OptionEntry entry, long present, long wanted, Action<long> change)
    {
        if (present != wanted)
        {
            plan.Add(() =>
            {
                change(wanted);
                return entry.Name + " " + entry.Setting.Format(present) + " -> " + entry.Setting.Format(wanted);
            });
        }
    }

    // There cannot be more than the node was made for.
    private void PlanClients(OptionEntry entry)
    {
        long wanted = entry.Number == 0 ? mostClients : Math.Min(entry.Number, mostClients);
        PlanNumber(entry, _settings.Engine.MaxClients, wanted, value => _settings.Engine.MaxClients = (int)value);
        if (wanted < entry.Number)
        {
            plan.AddWarning(entry.Place + ": max-clients is " + ValueText.FormatInteger(wanted)
                + ", the most that the node was started for: restart it to have more");
        }
    }

    private string? PlanInterval(OptionEntry entry)
    {
        if (!LogInterval.TryRead(entry.Text!, out long interval))
        {
            return entry.Place + ": " + LogInterval.Complain(entry.Text!);
        }

        long present = _settings.Data.Interval;
        if (present != interval)
        {
            plan.Add(() =>
            {
                _settings.Data.Interval = interval;
                _settings.Node!.Persistence?.Logging.IntervalChanged();
                return "fsync " + LogInterval.Format(present) + " -> " + entry.Text;
            });
        }

        return null;
    }

    private string? PlanParameter(StartParameter parameter, int number)
    {
        string? complaint = ConfigParameters.Check(_table, number, parameter.Value, out ConfigValue value);
        if (complaint is not null)
        {
            return StartParameters.Describe(parameter, complaint);
        }

        plan.Add(() =>
        {
            string before = ConfigParameters.Show(_table, number);
            _table.Apply(number, value);
            _table.NoteFromFile(number);
            ConfigParameters.Note(_settings, number, parameter.Place, before);
            string name = ByteText.Decode(_table.NameOf(number));
            string after = ConfigParameters.Show(_table, number);

            // The same value may be written in several ways.
            return after == before ? null : _table.IsSecret(number) ? name : name + " \"" + before + "\" -> \"" + after + "\"";
        });
        return null;
    }

    private bool IsGiven(int number) => _table.OptionOf(number) is { } option && options.IsSet(option);

    private bool IsInFile(int number)
        => Array.Exists(options.Parameters, parameter => ConfigParameters.Find(_table, parameter.Name) == number);
}
