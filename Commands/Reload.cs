using System;
using System.Threading;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// Reads the files of a running node again: those of --config, --password-file and --conf. What they say is put in force at once, as far
/// as that can be; with a mistake in one of them everything stays as it was. The command line and the environment are those of the start,
/// and take precedence as they did then. What CONFIG SET has changed stays, unless the file of --config has it.
/// </summary>
internal sealed unsafe class Reload
{
    private readonly string[] _arguments;
    private readonly RunningNode _node;
    private readonly Lock _running = new();
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
        lock (_running)
        {
            OptionSet options = ServeOptions.Declare(new OptionSet("serve", string.Empty, string.Empty) { IsQuiet = true });
            ReloadPlan plan = new();
            string? mistake = options.Parse(_arguments) == OptionSet.GoOn ? Plan(options, plan) : options.Mistake;
            if (mistake is not null)
            {
                Log.Error("reload: " + mistake + "; everything stays as it was");
                return mistake;
            }

            plan.Apply();
            _last = options;
            _node.Settings.Given = options.Given();
            _node.Common.MemoryChanged(_node.Server);

            // Time-outs are the loop's business from now on.
            _node.Server.EnsureTick();
            return null;
        }
    }

    private string? Plan(OptionSet options, ReloadPlan plan)
    {
        ReloadedSettings settings = new(_node, _first, _last, options, plan, _mostClients);
        return settings.PlanOptions() ?? settings.PlanParameters()
            ?? ReloadedPassword.Plan(_node, _last, options, plan) ?? ReloadedRing.Plan(_node, options, plan);
    }
}
