using System;
using System.Collections.Concurrent;
using System.Linq;
using Epollsrv.Ring;
using Epollsrv.Share;
using Epollsrv.Tests.Unit;
using Xunit;

namespace Epollsrv.Tests.Integration;

/// <summary>A node's files in a ring whose list of nodes changes; the last of the three nodes is a C node.</summary>
public sealed class RegistrarRingTests : IDisposable
{
    private static readonly string[] _files = ["alpha.txt", "beta.bin", "gamma.txt"];

    private readonly TemporaryFolder _folder = new();
    private readonly RingFakeNode[] _nodes = [new(false), new(false), new(true)];
    private readonly ConcurrentQueue<string> _warned = new();

    public void Dispose()
    {
        foreach (RingFakeNode node in _nodes)
        {
            Assert.Empty(node.Violations);
            node.Dispose();
        }

        _folder.Dispose();
    }

    /// <summary>The nodes are told what they have in the new ring, the C node too, and those that have nothing of it any more.</summary>
    [Fact]
    public void The_files_are_registered_where_they_belong_now()
    {
        SharedFolder folder = SharedFolder.TryOpen(_folder.Path, out _)!;
        folder.MostFiles = 1000;
        Array.ForEach(_files, file => _folder.Write(file));
        Registrar registrar = new(folder, new RingView(RingFakeNode.Ring(_nodes), 0), null, "10.9.8.7 50001"u8.ToArray(),
            Patience.Milliseconds * 1_000_000L, _ => { }, _warned.Enqueue);
        registrar.Start();
        RingMap map = new(3);
        NodeUnderTest.Until(() => _files.All(file => HasAsIn(map, file)));

        // In a ring of two each node has every file.
        RingFakeNode[] two = [_nodes[2], _nodes[0]];
        registrar.ChangeRing(new RingView(RingFakeNode.Ring(two), 1));
        NodeUnderTest.Until(() => _files.All(file => two.All(node => node[file] is not null) && _nodes[1][file] is null));
        _ = _folder.Write("delta.txt");
        NodeUnderTest.Until(() => two.All(node => node["delta.txt"] is not null));
        Assert.Null(_nodes[1]["delta.txt"]);
        NodeUnderTest.Until(() => registrar.View is { Nodes.Length: 2 } view && view.IsUp(0) && view.IsUp(1));

        registrar.ChangeRing(new RingView(RingFakeNode.Ring(_nodes), 0));
        NodeUnderTest.Until(() => _files.All(file => HasAsIn(map, file)) && HasAsIn(map, "delta.txt"));
        registrar.BeginStop(Patience.Milliseconds * 1_000_000L);
        NodeUnderTest.Until(() => registrar.HasStopped);
        folder.Close();
        Assert.All(_nodes, node => Assert.Null(node["alpha.txt"]));
        Assert.Empty(_warned);
    }

    // Owner and replica have it, and the third node has not.
    private bool HasAsIn(RingMap map, string file)
    {
        int owner = map.Owner(System.Text.Encoding.UTF8.GetBytes(file));
        int without = 3 - owner - map.Replica(owner);
        return _nodes[owner][file] is not null && _nodes[map.Replica(owner)][file] is not null && _nodes[without][file] is null;
    }
}
