using System;
using Epollsrv.Node;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary>The ring's list of nodes, when the files of a node are read again.</summary>
internal static class ReloadedRing
{
    /// <summary>Plans its change.</summary>
    /// <param name="node">The node.</param>
    /// <param name="options">The options now.</param>
    /// <param name="plan">Gets the change.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? Plan(RunningNode node, OptionSet options, ReloadPlan plan)
    {
        string? path = options.GetText("conf");
        if (node.Settings.Ring is not { } ring || path is null)
        {
            if ((path is null) != (node.Settings.Ring is null))
            {
                plan.AddFixed("conf", path is null ? "--conf" : "--conf " + path);
            }

            return null;
        }

        if (ServerConf.Load(path, out string mistakes) is not { } conf)
        {
            return mistakes.AsSpan(0, mistakes.IndexOf('\n')).ToString();
        }

        // Its number may be another now, its address is where it listens and what its files are registered under.
        PeerAddress own = ring.Nodes[ring.Self];
        int self = conf.Find(own.Host, own.Port);
        if (self < 0)
        {
            return path + ": this node, " + own.Endpoint + ", is not in it; to take it out of the ring, stop it";
        }

        string added = Missing(conf.Nodes, ring.Nodes);
        string removed = Missing(ring.Nodes, conf.Nodes);
        RingSettings next = new(conf, self);
        if (next.Fingerprint != ring.Fingerprint)
        {
            plan.Add(() =>
            {
                node.Settings.Ring = next;
                node.Cs.Options.RingFingerprint = next.Fingerprint;
                node.Share?.ChangeRing(next);
                return "a ring of " + ValueText.FormatInteger(conf.Nodes.Length) + " nodes"
                    + (added.Length + removed.Length == 0 ? " in another order" : string.Empty)
                    + (added.Length == 0 ? string.Empty : ", new: " + added) + (removed.Length == 0 ? string.Empty : ", gone: " + removed);
            });
        }

        int number = options.GetInteger("id");
        if (number != 0 && number != self + 1)
        {
            plan.AddWarning("--id " + ValueText.FormatInteger(number) + " is not this node's line of " + path
                + " any more: it has to be " + ValueText.FormatInteger(self + 1) + " at the next start");
        }

        return null;
    }

    // The nodes of one list that the other does not have.
    private static string Missing(PeerAddress[] nodes, PeerAddress[] others)
    {
        string missing = string.Empty;
        foreach (PeerAddress node in nodes)
        {
            if (!Array.Exists(others, other => other.Endpoint == node.Endpoint))
            {
                missing += (missing.Length == 0 ? string.Empty : " ") + node.Endpoint;
            }
        }

        return missing;
    }
}
