using System;
using System.Collections.Generic;
using System.Diagnostics;
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
    /// <param name="port">The master's.</param>
    /// <param name="replicas">How many it has.</param>
    public SentinelGroup(string program, string port, int replicas)
    {
        for (int i = 0; i < Count; i++)
        {
            Ports.Add(StockMaster.FreePort());
            string file = _folder["sentinel" + i + ".conf"];
            File.WriteAllText(file, string.Join('\n',
                "port " + Ports[i], "bind 127.0.0.1", "dir " + _folder.Path, "logfile " + _folder["log" + i],
                "sentinel monitor m 127.0.0.1 " + port + " " + Quorum, "sentinel down-after-milliseconds m 1000",
                "sentinel failover-timeout m 10000", "sentinel parallel-syncs m 2", string.Empty));
            _processes.Add(Process.Start(new ProcessStartInfo(program, [file, "--sentinel"]) { RedirectStandardOutput = true })!);
        }

        for (int i = 0; i < Count; i++)
        {
            int sentinel = i;
            NodeUnderTest.Until(() => Field(sentinel, "num-other-sentinels") == (Count - 1).ToString()
                && Field(sentinel, "num-slaves") == replicas.ToString(), "the sentinels know each other and the replicas");
        }
    }

    /// <summary>Where they listen.</summary>
    public List<int> Ports { get; } = [];

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

    /// <summary>Asks one for the port of the master; empty: it does not answer.</summary>
    public string MasterPort(int sentinel)
    {
        try
        {
            using RespClient client = Connect(sentinel);
            client.Send("SENTINEL", "get-master-addr-by-name", "m");
            return client.Line() == "*2" && client.Bulk() is not null ? client.Bulk()! : string.Empty;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return string.Empty;
        }
    }

    /// <summary>Whether all name the same master.</summary>
    public bool AreAgreed(out string port)
    {
        port = MasterPort(0);
        bool are = port.Length != 0;
        for (int i = 1; i < Count; i++)
        {
            are = are && MasterPort(i) == port;
        }

        return are;
    }

    /// <summary>Waits until all name another master than this.</summary>
    /// <returns>Its port.</returns>
    public string AwaitOther(string port)
    {
        string found = string.Empty;
        NodeUnderTest.Until(() => IsOther(port, out found), "the sentinels name another master");
        return found;
    }

    public RespClient Connect(int sentinel) => new(new IPEndPoint(IPAddress.Loopback, Ports[sentinel]));

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

    private bool IsOther(string port, out string found) => AreAgreed(out found) && found != port;

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
