using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>
/// The shared folder of a node: served to peers, and registered with the ring by a thread of its own while the node runs. Made and
/// started by the node's main thread.
/// </summary>
internal sealed unsafe class NodeShare
{
    private const long OperationTimeout = 2_000_000_000;

    private readonly SharedFolder _folder;
    private Registrar? _registrar;

    private NodeShare(SharedFolder folder)
    {
        _folder = folder;
    }

    /// <summary>Opens the folder and lets the protocols serve it.</summary>
    /// <returns>Null after an error was logged.</returns>
    public static NodeShare? Open(string path, NodeServices services)
    {
        SharedFolder? folder = SharedFolder.TryOpen(path, out int error);
        if (folder is null)
        {
            Log.Error("--share " + path + ": " + Errno.Describe(error) + "; it must be a folder this user may read");
            return null;
        }

        NodeShare share = new(folder);
        Serve(folder, services);
        services.ShareOwner = share;
        return share;
    }

    /// <summary>Lets the protocols serve a folder.</summary>
    public static void Serve(SharedFolder folder, NodeServices services)
    {
        services.Share = folder;
        services.OpenShared = &OpenShared;
        services.ListShared = &ListShared;
    }

    /// <summary>Starts to register; the node listens already.</summary>
    /// <param name="ring">The ring, or null for a node alone, which is a ring of one.</param>
    /// <param name="bound">The address the node listens on: how it reaches itself, whatever it announces.</param>
    public void Start(RingSettings? ring, SocketAddress bound)
    {
        SocketAddress local = NodeAddress.ForLocalClient(bound);
        RingNode self = new(ring is null ? 1 : ring.Self + 1, local.Host(), local.Port, 0);
        RingNode[] nodes = ring is null ? [self] : (RingNode[])ring.Nodes.Clone();
        byte[] holder = OwnNode.Holder(ring is null ? self : ring.Nodes[ring.Self]);
        if (bound.Family != SocketAddress.FamilyUnix)
        {
            nodes[ring is null ? 0 : ring.Self] = self;
        }

        _registrar = new Registrar(_folder, nodes, ring is null ? 0 : ring.Self, holder, OperationTimeout, Log.Info, Log.Warning);
        _registrar.Start();
    }

    /// <summary>For <see cref="ServerOptions.PrepareStop"/>: withdraws the files while the node still serves. Event loop only.</summary>
    /// <returns>Whether that is done.</returns>
    public static bool PrepareStop(Server server)
        => ((NodeServices)server.Services!).ShareOwner is not NodeShare share || share.Withdraw(server);

    private bool Withdraw(Server server)
    {
        if (_registrar is null)
        {
            return true;
        }

        // Less than the loop waits in all, so that the connections get their share of the time.
        _registrar.BeginStop(server.Options.StopTimeout * 500_000L);
        return _registrar.HasStopped;
    }

    private static int ListShared(object share, object state, delegate*<object, byte*, int, FileStatus*, void> visit)
        => ((SharedFolder)share).Visit(state, visit);

    private static int OpenShared(object share, byte* name, int length, FileStatus* status)
        => ((SharedFolder)share).Open(new ReadOnlySpan<byte>(name, length), out *status);
}
