using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// A network of hosts on this machine: each is a network namespace with a cable to a common switch, which this process has a cable to as
/// well. All of it is gone when the processes that hold the namespaces have ended, as they do with the test, and those that run in them.
/// Needs root.
/// </summary>
internal sealed class HostNetwork : IDisposable
{
    private readonly NamespaceHolder _switch = new();
    private readonly List<TestHost> _hosts = [];
    private readonly string _subnet;

    public HostNetwork()
    {
        // Another test run may have a network of its own.
        byte second = (byte)Random.Shared.Next(64, 255);
        byte third = (byte)Random.Shared.Next(0, 255);
        _subnet = string.Create(CultureInfo.InvariantCulture, $"10.{second}.{third}.");
        string cable = string.Create(CultureInfo.InvariantCulture, $"test{second}x{third}");
        Address = IPAddress.Parse(_subnet + "1");
        try
        {
            Connect(cable);
        }
        catch
        {
            _switch.Dispose();
            throw;
        }
    }

    /// <summary>This process's address in the network.</summary>
    public IPAddress Address { get; }

    /// <summary>Adds a host. Any thread.</summary>
    public TestHost Add()
    {
        TestHost host;
        lock (_hosts)
        {
            string number = (_hosts.Count + 10).ToString(CultureInfo.InvariantCulture);
            host = new TestHost(this, IPAddress.Parse(_subnet + number), "host" + number);
            _hosts.Add(host);
        }

        _switch.Run("ip", "link", "add", host.Cable, "type", "veth", "peer", "name", "eth0", "netns", host.Holder.ProcessText);
        Plug(host.Cable);
        host.Holder.Run("ip", "address", "add", host.Address + "/24", "dev", "eth0");
        host.Holder.Run("ip", "link", "set", "lo", "up");
        host.Holder.Run("ip", "link", "set", "eth0", "up");
        return host;
    }

    /// <summary>Takes a host's cable out of the switch, or puts it in again.</summary>
    public void SetCable(string name, bool isIn) => _switch.Run("ip", "link", "set", name, isIn ? "up" : "down");

    public void Dispose()
    {
        foreach (TestHost host in _hosts)
        {
            host.Dispose();
        }

        _switch.Dispose();
    }

    /// <summary>Runs a program, which must succeed.</summary>
    internal static void RunHere(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, program + " " + string.Join(' ', arguments) + ": " + error);
    }

    private void Connect(string cable)
    {
        _switch.Run("ip", "link", "add", "switch", "type", "bridge");
        _switch.Run("ip", "link", "set", "switch", "up");
        RunHere("ip", "link", "add", cable, "type", "veth", "peer", "name", "here", "netns", _switch.ProcessText);
        RunHere("ip", "address", "add", _subnet + "1/24", "dev", cable);
        RunHere("ip", "link", "set", cable, "up");
        Plug("here");
    }

    private void Plug(string cable)
    {
        _switch.Run("ip", "link", "set", cable, "master", "switch");
        _switch.Run("ip", "link", "set", cable, "up");
    }
}
