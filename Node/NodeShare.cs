using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Node;

/// <summary>
/// The shared folder of a node: served to peers, hashed by workers, and registered with the ring by a thread of its own while the node
/// runs. Made and started by the node's main thread.
/// </summary>
internal sealed unsafe class NodeShare
{
    private const long OperationTimeout = 2_000_000_000;

    private readonly SharedFolder _folder;
    private Registrar? _registrar;

    private NodeShare(SharedFolder folder, Server server)
    {
        _folder = folder;
        Server = server;
        Hashing = new BackgroundHashing(server, folder);
    }

    public BackgroundHashing Hashing { get; }

    /// <summary>What is known of the files' content. Any thread.</summary>
    public FileHashes Hashes => Hashing.Hashes;

    public Server Server { get; }

    /// <summary>The ring that files are registered with; null: none. Any thread.</summary>
    public RingView? Ring => _registrar?.View;

    /// <summary>Files registered with the ring. Any thread.</summary>
    public int Registered => _registrar?.Count ?? 0;

    /// <summary>Opens the folder and lets the protocols serve it.</summary>
    /// <returns>Null after an error was logged.</returns>
    public static NodeShare? Open(string path, int mostFiles, RunningNode node)
    {
        SharedFolder? folder = SharedFolder.TryOpen(path, out int error);
        if (folder is null)
        {
            Log.Error("--share " + path + ": " + Errno.Describe(error) + "; it must be a folder this user may read");
            return null;
        }

        folder.MostFiles = mostFiles;
        return Serve(folder, node);
    }

    /// <summary>Lets the protocols serve a folder.</summary>
    public static NodeShare Serve(SharedFolder folder, RunningNode node)
    {
        NodeShare share = new(folder, node.Server);
        SharedFiles files = node.Common.Files;
        node.Share = share;
        files.Owner = share;
        files.Open = &OpenShared;
        files.List = &ListShared;
        files.Identify = &IdentifyShared;
        files.DescribePieces = &DescribePieces;
        return share;
    }

    /// <summary>Starts to register and to hash; the node listens already.</summary>
    /// <param name="ring">The ring, or null for a node alone, which is a ring of one.</param>
    /// <param name="bound">The address the node listens on: how it reaches itself, whatever it announces.</param>
    public void Start(RingSettings? ring, SocketAddress bound)
    {
        Hashes.WantAll();
        Hashing.Wake();
        if (ring is null && bound.Family == SocketAddress.FamilyUnix)
        {
            Log.Warning("the files of --share are registered nowhere: a holder is an address and a port, and this node listens at Unix"
                + " sockets only");
            return;
        }

        SocketAddress local = NodeAddress.ForLocalClient(bound);
        PeerAddress own = new(1, local.Host(), local.Port, 0);
        RingView view = ring is null ? new RingView([own], 0) : new RingView(ring.Nodes, ring.Self);
        byte[] holder = OwnAddress.Holder(view.Nodes[view.Self]);
        bool reachesItself = bound.Family != SocketAddress.FamilyUnix;
        _registrar = new Registrar(_folder, view, reachesItself ? own : null, holder, OperationTimeout, Log.Info, Log.Warning)
        {
            Changed = HashChanged,
            StateChanged = TellState,
            Trace = text => Log.Write(LogLevel.Debug, text),
            LeaseInterval = RunningNode.Of(Server).Cs.Options.LeaseInterval,
        };
        _registrar.Start();
    }

    /// <summary>Goes on with another list of the ring's nodes. Returns at once. Any thread.</summary>
    public void ChangeRing(RingSettings ring) => _registrar?.ChangeRing(new RingView(ring.Nodes, ring.Self));

    /// <summary>For <see cref="ServerOptions.PrepareStop"/>: withdraws the files while the node still serves. Event loop only.</summary>
    /// <returns>Whether that is done.</returns>
    public static bool PrepareStop(Server server)
        => RunningNode.Of(server).Share is not { } share || share.Withdraw(server);

    /// <summary>For <see cref="ProtocolOptions.PasswordChanged"/>: the node's own connections to itself and to others use it.</summary>
    public static void ChangePassword(byte[]? password)
    {
        UsePassword(password);
        Log.Warning("the password was changed by CONFIG SET requirepass, until the node is restarted: the other nodes of a ring and its"
            + " commands need the same (CONFIG SET requirepass on each, then --password-file or EPOLLSRV_PASSWORD for the next start)");
    }

    /// <summary>The node's own connections to itself and to others use another password from now on.</summary>
    public static void UsePassword(byte[]? password) => RingPassword.Change(password ?? []);

    private bool Withdraw(Server server)
    {
        if (_registrar is null)
        {
            return true;
        }

        // Less than the loop waits in all, so that the connections get their share of the time.
        _registrar.BeginStop(server.Options.DrainTimeout * 500_000L);
        return _registrar.HasStopped;
    }

    // The registrar's thread has seen a node come or go. That this node reaches itself is no news.
    private void TellState(PeerAddress node, bool isUp, string why)
        => Log.Write(
            !isUp ? LogLevel.Warning : node.Number == Ring!.Self + 1 ? LogLevel.Debug : LogLevel.Info,
            node.Name + (isUp ? ", is up" : ", is down: " + why),
            new("node", node.Number), new("address", node.Endpoint), new("state", isUp ? "up" : "down"));

    // The registrar's thread has seen a file come or change.
    private void HashChanged(byte[] name)
    {
        Hashes.Want(name);
        Hashing.Wake();
    }

    private static int ListShared(object share, object state, delegate*<object, byte*, int, FileStatus*, void> visit)
        => ((NodeShare)share)._folder.Visit(state, visit);

    private static int OpenShared(object share, byte* name, int length, FileStatus* status)
        => ((NodeShare)share)._folder.Open(new ReadOnlySpan<byte>(name, length), out *status);

    private static bool IdentifyShared(object share, byte* name, int length, FileStatus* status, SharedIdentity* identity)
    {
        NodeShare self = (NodeShare)share;
        bool known = self.Hashes.TryIdentify(new ReadOnlySpan<byte>(name, length), *status, identity);
        if (!known)
        {
            self.Hashing.Wake();
        }

        return known;
    }

    private static int DescribePieces(object share, byte* name, int length, FileStatus* status, SharedIdentity* identity, ByteBuilder list)
    {
        NodeShare self = (NodeShare)share;
        ReadOnlySpan<byte> bytes = new(name, length);
        int file = self._folder.Open(bytes, out *status);
        if (file < 0)
        {
            return file;
        }

        Descriptor.Close(file);
        int result = self.Hashes.Describe(bytes, *status, identity, list, &AddPieces);
        if (result == -Errno.Again)
        {
            self.Hashing.Wake();
        }

        return result;
    }

    private static void AddPieces(object list, byte* bytes, int length) => ((ByteBuilder)list).Add(new ReadOnlySpan<byte>(bytes, length));
}
