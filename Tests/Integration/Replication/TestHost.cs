using System;
using System.Net;
using Epollsrv.Tests.Unit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A host of a <see cref="HostNetwork"/>, with an address and a disk of its own.</summary>
internal sealed class TestHost : IDisposable
{
    private const int DiskMegabytes = 96;

    private readonly HostNetwork _network;
    private readonly TemporaryFolder _folder = new();

    internal TestHost(HostNetwork network, IPAddress address, string cable)
    {
        _network = network;
        Address = address;
        Cable = cable;
        Holder = new NamespaceHolder(_folder.Path, DiskMegabytes);
    }

    /// <summary>Its address.</summary>
    public IPAddress Address { get; }

    /// <summary>The name of its cable at the switch.</summary>
    public string Cable { get; }

    /// <summary>Where its disk is, for programs that run there.</summary>
    public string Folder => _folder.Path;

    /// <summary>Has its namespaces.</summary>
    public NamespaceHolder Holder { get; }

    /// <summary>How this process sees a file of the host.</summary>
    public string PathOf(string path) => "/proc/" + Holder.ProcessText + "/root" + path;

    /// <summary>Nothing reaches it, and nothing that it sends reaches anybody.</summary>
    public void Cut() => _network.SetCable(Cable, isIn: false);

    /// <summary>The end of <see cref="Cut"/>.</summary>
    public void Join() => _network.SetCable(Cable, isIn: true);

    /// <summary>Takes all room of its disk.</summary>
    public void FillDisk() => Holder.Run("sh", "-c", "cat /dev/zero >" + Folder + "/filler 2>/dev/null || true");

    /// <summary>The end of <see cref="FillDisk"/>.</summary>
    public void EmptyDisk() => Holder.Run("rm", Folder + "/filler");

    public void Dispose()
    {
        Holder.Dispose();
        _folder.Dispose();
    }
}
