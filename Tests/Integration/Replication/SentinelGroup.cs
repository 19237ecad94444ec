using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Net;
using System.Net.Sockets;
using Epollsrv.Tests.Unit;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>Three stock redis-sentinels that watch one master by the name "m". Killed when disposed.</summary>
internal sealed class SentinelGroup : IDisposable
{
    private const int Count = 3;
    private const int Quorum = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _processes = [];

    /// <summary>Starts them, and waits until each knows the others and the master's replicas.</summary>
    /// <param name="program">redis-server or valkey-server: either is a Sentinel when it is told so.</param>
    /// <param name="master">Where the master is.</param>
    /// <param name="replicas">How many it has.</param>
    /// <param name="address">The Sentinels' own.</param>
    public SentinelGroup(string program, IPEndPoint master, int replicas, IPAddress address)
    {
        for (int i = 0; i < Count; i++)
        {
            Places.Add(new IPEndPoint(address, RingProcesses.FreePort()));
            string file = _folder["sentinel" + i + ".conf"];
            File.WriteAllText(file, string.Join('\n',
                "port " + Places[i].Port, "bind " + address, "protected-mode no", "dir " + _folder.Path, "logfile " + _folder["log" + i],
                "sentinel monitor m " + master.Address + " " + master.Port + " " + Quorum, "sentinel down-after-milliseconds m 1000",
                "sentinel failover-timeout m 10000", "sentinel parallel-syncs m 2", string.Empty));
            _processes.Add(Process.Start(new ProcessStartInfo(program, [file, "--sentinel"]) { RedirectStandardOutput = true })!);
        }

        try
        {
            AwaitAll(replicas);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where they listen.</summary>
    public List<IPEndPoint> Places { get; } = [];

    /// <summary>What they logged.</summary>
    public string LogText
    {
        get
        {
            string text = string.Empty;
            for (int i = 0; i < Count; i++)
            {
                string path = _folder["log" + i];
                text += "sentinel " + i + ":\n" + (File.Exists(path) ? File.ReadAllText(path) : "nothing") + "\n";
            }

            return text;
        }
    }

    /// <summary>Asks one for the master; null: it does not answer.</summary>
    public IPEndPoint? MasterOf(int sentinel)
    {
        try
        {
            using RespClient client = Connect(sentinel);
            client.Send("SENTINEL", "get-master-addr-by-name", "m");
            return client.Line() == "*2" ? IPEndPoint.Parse(client.Bulk() + ":" + client.Bulk()) : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return null;
        }
    }

    /// <summary>Whether all name the same master.</summary>
    public bool AreAgreed([NotNullWhen(true)] out IPEndPoint? master)
    {
        master = MasterOf(0);
        bool are = master is not null;
        for (int i = 1; i < Count; i++)
        {
            are = are && master!.Equals(MasterOf(i));
        }

        return are;
    }

    /// <summary>Waits until all name another master than this.</summary>
    public void AwaitOther(IPEndPoint master)
        => NodeUnderTest.Until(() => AreAgreed(out IPEndPoint? found) && !found.Equals(master), "the sentinels name another master");

    public RespClient Connect(int sentinel) => new(Places[sentinel]);

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Dispose();
    }

    private void AwaitAll(int replicas)
    {
        for (int i = 0; i < Count; i++)
        {
            int sentinel = i;
            NodeUnderTest.Until(() => Field(sentinel, "num-other-sentinels") == (Count - 1).ToString()
                && Field(sentinel, "num-slaves") == replicas.ToString(), "the sentinels know each other and the replicas");
        }
    }

    private string Field(int sentinel, string name)
    {
        try
        {
            using RespClient client = Connect(sentinel);
            client.Send("SENTINEL", "master", "m");
            string line = client.Line();
            int count = line.StartsWith('*') ? int.Parse(line.AsSpan(1)) : 0;
            string found = string.Empty;
            for (int i = 0; i < count; i += 2)
            {
                string? field = client.Bulk();
                string? value = client.Bulk();
                found = field == name ? value ?? string.Empty : found;
            }

            return found;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return string.Empty;
        }
    }
}
