using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Epollsrv.Ring;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A ring whose list of nodes changes while they run.</summary>
public sealed class RingReloadTests : IDisposable
{
    private static readonly string[] _files = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];

    private readonly TemporaryFolder _folder = new();
    private readonly int[] _ports = [RingProcesses.FreePort(), RingProcesses.FreePort(), RingProcesses.FreePort()];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nodes_are_added_and_removed_without_a_restart_of_the_others()
    {
        WriteRing("old.conf", 0, 1);
        WriteRing("new.conf", 2, 0, 1);
        File.Copy(_folder["old.conf"], _folder["ring.conf"]);
        using RingProcess first = Start(1, "ring.conf", "first");
        using RingProcess second = Start(2, "ring.conf", "second");
        foreach (string file in _files)
        {
            File.WriteAllText(_folder["first/" + file], file);
        }

        Await("old.conf", 2);
        using RingProcess third = Start(1, "new.conf", "third");
        third.WaitFor("has another list of the ring's nodes than this node");

        // Only one of two has the new list: both say that they disagree.
        File.Move(_folder["new.conf"], _folder["ring.conf"], overwrite: true);
        Binary.Signal(first.Id, "HUP");
        first.WaitFor("reloaded: a ring of 3 nodes, new: 127.0.0.1:" + Text(_ports[2]));
        first.WaitFor("has another list of the ring's nodes than this node");
        second.WaitFor("has another list of the ring's nodes than this node");
        Binary.Signal(second.Id, "HUP");
        first.WaitFor("has the same list of the ring's nodes as this node again");
        File.Copy(_folder["ring.conf"], _folder["new.conf"]);
        Await("new.conf", 2);

        // The third is taken out: nothing of it is needed any more.
        third.Kill();
        File.Move(_folder["old.conf"], _folder["ring.conf"], overwrite: true);
        Binary.Signal(first.Id, "HUP");
        Binary.Signal(second.Id, "HUP");
        File.Copy(_folder["ring.conf"], _folder["old.conf"]);
        Await("old.conf", 2);
        first.WaitFor("reloaded: a ring of 2 nodes, gone: 127.0.0.1:" + Text(_ports[2]));

        // A mistake changes nothing.
        File.WriteAllText(_folder["ring.conf"], "127.0.0.1 " + Text(_ports[0]) + "\n127.0.0.1 x\n");
        Binary.Signal(first.Id, "HUP");
        first.WaitFor("reload: ring.conf:2: \"x\" is not a port");
        WriteRing("ring.conf", 1);
        Binary.Signal(first.Id, "HUP");
        first.WaitFor("reload: ring.conf: this node, 127.0.0.1:" + Text(_ports[0]) + ", is not in it");
        Await("old.conf", 2);
    }

    // Each node of the list has those files that belong to it, and no others.
    private void Await(string conf, int copies)
    {
        PeerAddress[] nodes = ServerConf.Load(_folder[conf], out _)!.Nodes;
        RingMap map = new(nodes.Length);
        for (int node = 0; node < nodes.Length; node++)
        {
            string[] expected = [.. _files.Where(file => Holds(map, file, node, copies)).Order(StringComparer.Ordinal)];
            NodeUnderTest.Until(
                () => FilesAt(nodes[node].Port).SequenceEqual(expected),
                conf + ", node " + Text(node + 1) + " has " + string.Join(' ', expected));
        }
    }

    private static bool Holds(RingMap map, string file, int node, int copies)
    {
        int owner = map.Owner(System.Text.Encoding.UTF8.GetBytes(file));
        return owner == node || (copies > 1 && map.Replica(owner) == node);
    }

    private string[] FilesAt(int port)
        => [.. RingProcess.Run(0, _folder.Path, "files", "--server", "127.0.0.1:" + Text(port)).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal)];

    private RingProcess Start(int id, string conf, string share)
    {
        _ = Directory.CreateDirectory(_folder[share]);
        RingProcess process = RingProcess.Start("env", "--default-signal=HUP", "-C", _folder.Path, Binary.Path, "serve", "--conf", conf,
            "--id", Text(id), "--share", share, "--lease-interval", "1s");
        process.WaitFor("ready on ");
        return process;
    }

    private void WriteRing(string name, params int[] nodes)
        => File.WriteAllText(_folder[name], string.Concat(nodes.Select(node => "127.0.0.1 " + Text(_ports[node]) + "\n")));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
