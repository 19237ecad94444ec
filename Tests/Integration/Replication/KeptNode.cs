using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A published node with a data directory and a port of its own, which is ended and started again. Killed when disposed.</summary>
internal sealed class KeptNode : IGroupMember
{
    private readonly List<string> _options;
    private PublishedNode? _node;

    /// <summary>Starts it.</summary>
    /// <param name="folder">Its data directory.</param>
    /// <param name="options">Further options of `epollsrv serve`, at the first start and all others.</param>
    public KeptNode(string folder, params string[] options)
        : this(folder, null, options)
    {
    }

    /// <summary>Starts it on another host, with its data on that one's disk.</summary>
    public KeptNode(TestHost host)
        : this(host.Folder + "/data", host, ["--bind", host.Address.ToString(), "--open"])
    {
    }

    private KeptNode(string folder, TestHost? host, string[] options)
    {
        Folder = folder;
        Host = host;
        Place = new IPEndPoint(host?.Address ?? IPAddress.Loopback, RingProcesses.FreePort());
        _options = ["--port", PortText, "--data", folder, "--workers", "2", .. options];
        Start();
    }

    /// <summary>The data directory.</summary>
    public string Folder { get; }

    public IPEndPoint Place { get; }

    public TestHost? Host { get; }

    public string PortText => Place.Port.ToString(CultureInfo.InvariantCulture);

    public PublishedNode Node => _node!;

    /// <summary>Its replication.conf; empty: there is none.</summary>
    public string RoleText
    {
        get
        {
            string path = Path.Combine(Host?.PathOf(Folder) ?? Folder, "replication.conf");
            return File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        }
    }

    public string Report => (_node?.LogText ?? "does not run\n") + RoleText;

    public RespClient Connect() => new(Place);

    public void Restart() => Start();

    public void Signal(string name) => Node.Signal(name);

    /// <summary>Starts it again.</summary>
    /// <param name="more">Options for this time.</param>
    public void Start(params string[] more) => _node = new PublishedNode([.. _options, .. more], Host?.Holder.Wrapper ?? []);

    /// <summary>What it says when it does not start, and its exit code.</summary>
    public (int Code, string Output) StartInVain(params string[] more) => PublishedNode.RunToEnd(["serve", .. _options, .. more]);

    /// <summary>Ends it in good order.</summary>
    public void Stop()
    {
        Assert.Equal(0, Node.Stop());
        Forget();
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        Node.Signal("KILL");
        _ = Node.WaitForExit();
        Forget();
    }

    /// <summary>Makes it a replica of another, and waits for the link.</summary>
    public void Follow(KeptNode master)
    {
        using RespClient client = Connect();
        Assert.Equal("+OK", client.Call("REPLICAOF", "127.0.0.1", master.PortText));
        AwaitLink();
    }

    /// <summary>Waits until its link to its master is up.</summary>
    public void AwaitLink()
    {
        using RespClient client = Connect();
        NodeUnderTest.Until(() => StoreComparison.Field(client, "master_link_status") == "up", "the link is up");
    }

    public void Dispose() => Forget();

    private void Forget()
    {
        _node?.Dispose();
        _node = null;
    }
}
