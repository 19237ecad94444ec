using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>A master, its replicas, and three Sentinels that watch them, with somebody who writes. Killed when disposed.</summary>
internal sealed class WatchedGroup : IDisposable
{
    private readonly List<IGroupMember> _members;

    /// <summary>Has the others follow the first, and starts the Sentinels.</summary>
    /// <param name="program">The Sentinels' (<see cref="SentinelGroup"/>).</param>
    /// <param name="members">The nodes, which become its own.</param>
    /// <param name="address">The Sentinels' address.</param>
    public WatchedGroup(string program, List<IGroupMember> members, IPAddress address)
    {
        _members = members;
        Master = members[0].Place;
        foreach (IGroupMember member in members.Skip(1))
        {
            using RespClient client = member.Connect();
            Assert.Equal("+OK", client.Call("REPLICAOF", Master.Address.ToString(), members[0].PortText));
        }

        NodeUnderTest.Until(() => AllFollow(Master), "all follow " + Master);
        Sentinels = new SentinelGroup(program, Master, members.Count - 1, address);
        Writes = new AcknowledgedWrites(Sentinels);
    }

    /// <summary>The Sentinels.</summary>
    public SentinelGroup Sentinels { get; }

    /// <summary>Who writes.</summary>
    public AcknowledgedWrites Writes { get; }

    /// <summary>The master that all agreed on last.</summary>
    public IPEndPoint Master { get; private set; }

    /// <summary>What all of them logged.</summary>
    public string Report
        => string.Join('\n', _members.Select(member => member.Place + ":\n" + member.Report)) + Sentinels.LogText;

    /// <summary>Waits until both replicas have acknowledged more writes.</summary>
    public void AwaitWrites()
    {
        long count = Writes.Count;
        NodeUnderTest.Until(() => Writes.Count >= count + 100, "both replicas acknowledge writes");
    }

    /// <summary>Lets the master have a trouble until another one has its part, ends the trouble, and waits until all follow that one.
    /// </summary>
    /// <param name="trouble">KILL, STOP, CUT (its cable) or FULL (its disk). The last two: on hosts.</param>
    public void Replace(string trouble)
    {
        IGroupMember former = _members.Single(member => member.Place.Equals(Master));
        Begin(former, trouble);
        Sentinels.AwaitOther(Master);
        End(former, trouble);
        AwaitGroup();
        AwaitWrites();
    }

    /// <summary>Waits until all follow the one that all Sentinels name. Another Sentinel may have begun a failover of its own meanwhile.
    /// </summary>
    public void AwaitGroup() => NodeUnderTest.Until(
        () =>
        {
            bool isDone = Sentinels.AreAgreed(out IPEndPoint? master) && AllFollow(master);
            Master = isDone ? master! : Master;
            return isDone;
        }, "all follow the Sentinels' master");

    /// <summary>Fails when something is missing that both replicas had, or when the nodes differ. Nobody writes any more.</summary>
    public void Check()
    {
        Assert.Null(Writes.Missing(Master));
        using RespClient left = new(Master);
        foreach (IGroupMember member in _members.Where(member => !member.Place.Equals(Master)))
        {
            using RespClient right = member.Connect();
            NodeUnderTest.Until(() => Values(right) == Values(left), member.Place + " has what " + Master + " has");
        }
    }

    public void Dispose() => Sentinels.Dispose();

    private static void Begin(IGroupMember member, string trouble)
    {
        switch (trouble)
        {
            case "KILL":
                member.Kill();
                break;
            case "STOP":
                member.Signal("STOP");
                break;
            case "CUT":
                member.Host!.Cut();
                break;
            case "FULL":
                member.Host!.FillDisk();
                break;
            default:
                throw new ArgumentException(trouble, nameof(trouble));
        }
    }

    private static void End(IGroupMember member, string trouble)
    {
        switch (trouble)
        {
            case "KILL":
                member.Restart();
                break;
            case "STOP":
                member.Signal("CONT");
                break;
            case "CUT":
                member.Host!.Join();
                break;
            default:
                member.Host!.EmptyDisk();
                break;
        }
    }

    private static bool Follows(IGroupMember member, IPEndPoint master)
    {
        try
        {
            using RespClient client = member.Connect();
            return StoreComparison.Field(client, "master_host") + ":" + StoreComparison.Field(client, "master_port") == master.ToString()
                && StoreComparison.Field(client, "master_link_status") == "up";
        }
        catch (Exception exception) when (exception is System.IO.IOException or System.Net.Sockets.SocketException)
        {
            // Sentinel closes all clients of whom it reconfigures.
            return false;
        }
    }

    private static string Values(RespClient client)
        => string.Join(' ', Enumerable.Range(0, 10).Select(i => client.Value("GET", "key" + i)));

    private bool AllFollow(IPEndPoint master)
        => _members.Where(member => !member.Place.Equals(master)).All(member => Follows(member, master));
}
