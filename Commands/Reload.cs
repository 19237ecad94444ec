using System;
using System.Threading;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// Reads the files of a running node again: those of --config, --password-file and --conf. What they say is put in force at once, as far
/// as that can be; with a mistake in one of them everything stays as it was. The command line and the environment are those of the start,
/// and take precedence as they did then. What CONFIG SET has changed stays, unless the file of --config has it.
/// </summary>
internal sealed unsafe class Reload
{
    private const int MostWaiting = 5000;
    private const string Busy = "the files are still being read for another reload: one of them does not answer";

    private readonly string[] _arguments;
    private readonly RunningNode _node;
    private readonly Lock _running = new();

    // CONFIG RELOAD can come as often as clients like.
    private readonly LogLimit _lines = new(most: 10, nanoseconds: 1_000_000_000);
    private readonly int _mostClients;
    private readonly OptionSet _first;
    private OptionSet _last;

    /// <summary>Prepares it, before the node runs.</summary>
    /// <param name="arguments">Of the command line.</param>
    /// <param name="options">What they came to.</param>
    /// <param name="node">The node.</param>
    public Reload(ReadOnlySpan<string> arguments, OptionSet options, RunningNode node)
    {
        _arguments = arguments.ToArray();
        _first = options;
        _last = options;
        _node = node;
        _mostClients = node.Settings.Engine.MaxClients;
    }

    /// <summary>For <see cref="Settings.Reload"/>.</summary>
    public string? Run()
    {
        // A file may be a pipe, or on a disk that does not answer: that may occupy one worker, and not one more for each reload.
        if (!_running.TryEnter(MostWaiting))
        {
            Log.Error("reload: " + Busy);
            return Busy;
        }

        try
        {
            OptionSet options = ServeOptions.Declare(new OptionSet("serve", string.Empty, string.Empty) { IsQuiet = true });
            ReloadPlan plan = new();
            string? mistake = options.Parse(_arguments) != OptionSet.GoOn ? options.Mistake : FindMissing(options) ?? Plan(options, plan);
            bool hasLine = _lines.Allows(Clock.Monotonic(), out string addition);
            if (mistake is not null)
            {
                if (hasLine)
                {
                    Log.Error("reload: " + mistake + "; everything stays as it was" + addition);
                }

                return mistake;
            }

            plan.Apply(hasLine ? addition : null);
            _last = options;
            _node.Settings.Given = options.Given();
            _node.Common.MemoryChanged(_node.Server);

            // Time-outs are the loop's business from now on.
            _node.Server.EnsureTick();
            return null;
        }
        finally
        {
            _running.Exit();
        }
    }

    // A file that may be missing at the start must not go in the middle: it may be just about to be replaced, and has the password.
    private string? FindMissing(OptionSet options)
        => UsesFile(_last) && !UsesFile(options) && options.GetText("config") is ['-', .. var path] && Files.StatusOf(path, out _) < 0
            ? "--config: " + OptionSet.Readable(path) + " is gone; put it back, or an empty one" : null;

    private static bool UsesFile(OptionSet options)
    {
        bool uses = options.Parameters.Length > 0;
        foreach (OptionEntry entry in options.Entries)
        {
            uses |= entry.Source == OptionSource.File;
        }

        return uses;
    }

    private string? Plan(OptionSet options, ReloadPlan plan)
    {
        ReloadedSettings settings = new(_node, _first, _last, options, plan, _mostClients);
        return settings.PlanOptions() ?? settings.PlanParameters()
            ?? ReloadedPassword.Plan(_node, _last, options, plan) ?? ReloadedRing.Plan(_node, options, plan);
    }
}
