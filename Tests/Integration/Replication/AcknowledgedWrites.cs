using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// Writes to whichever node the Sentinels name as the master, and knows what was acknowledged: by both replicas (WAIT 2), each write a
/// greater number in one of a few keys, or by one of them (WAIT 1), each write a key of its own. One thread.
/// </summary>
internal sealed class AcknowledgedWrites(SentinelGroup sentinels)
{
    private const int Keys = 10;
    private const int ForOne = 4;

    private readonly Dictionary<string, long> _acknowledged = [];
    private readonly List<SingleAcknowledgement> _singles = [];
    private readonly List<MasterChange> _changes = [];
    private long _next = 1;
    private long _lastWrite = Environment.TickCount64;
    private IPEndPoint? _master;
    private bool _ends;

    /// <summary>Writes that both replicas had. Any thread.</summary>
    public long Count { get; private set; }

    /// <summary>The masters that took writes, in order. When it does not run.</summary>
    public IReadOnlyList<MasterChange> Changes => _changes;

    /// <summary>Runs it beside something.</summary>
    public void Run(Action body)
    {
        System.Threading.Tasks.Task loop = NodeUnderTest.Aside(Loop);
        try
        {
            body();
        }
        finally
        {
            Volatile.Write(ref _ends, true);
            loop.GetAwaiter().GetResult();
        }
    }

    /// <summary>What both replicas had and a node does not have; null: nothing.</summary>
    public string? Missing(IPEndPoint node)
    {
        using RespClient client = new(node);
        foreach ((string key, long value) in _acknowledged)
        {
            string? found = client.Value("GET", key);
            if (found is null || long.Parse(found, CultureInfo.InvariantCulture) < value)
            {
                return key + " is " + (found ?? "missing") + ", but " + value.ToString(CultureInfo.InvariantCulture) + " was acknowledged";
            }
        }

        return null;
    }

    /// <summary>What one replica at least had and a node does not have. When it does not run.</summary>
    public List<SingleAcknowledgement> Lost(IPEndPoint node)
    {
        using RespClient client = new(node);
        return [.. _singles.Where(single => client.Call("EXISTS", single.Key) == ":0")];
    }

    private void Loop()
    {
        while (!Volatile.Read(ref _ends))
        {
            IPEndPoint? master = sentinels.MasterOf((int)(_next % sentinels.Places.Count));
            try
            {
                if (master is not null)
                {
                    Write(master);
                }
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                // The master is gone, or was closed because its role has changed.
            }

            Thread.Sleep(5);
        }
    }

    private void Write(IPEndPoint master)
    {
        using RespClient client = Connect(master);
        while (!Volatile.Read(ref _ends))
        {
            long value = _next++;
            bool isForOne = value % ForOne == 0;
            string key = isForOne ? "single" + Text(value) : "key" + Text(value % Keys);
            if (client.Call("SET", key, Text(value)) != "+OK")
            {
                return;
            }

            NoteMaster(master);
            string count = client.Call("WAIT", isForOne ? "1" : "2", "500");
            if (isForOne && count != ":0")
            {
                _singles.Add(new SingleAcknowledgement(key, _changes.Count - 1, Furthest(client)));
            }
            else if (count == ":2")
            {
                _acknowledged[key] = value;
                Count++;
            }
        }
    }

    // A host whose cable is out does not even refuse a connection.
    private static RespClient Connect(IPEndPoint master)
    {
        using (Socket probe = new(SocketType.Stream, ProtocolType.Tcp))
        {
            IAsyncResult attempt = probe.BeginConnect(master, null, null);
            if (!attempt.AsyncWaitHandle.WaitOne(500))
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            probe.EndConnect(attempt);
        }

        RespClient client = new(master);
        client.Client.Socket.ReceiveTimeout = 1000;
        return client;
    }

    private void NoteMaster(IPEndPoint master)
    {
        long now = Environment.TickCount64;
        if (!master.Equals(_master))
        {
            _changes.Add(new MasterChange(master, now - _lastWrite));
            _master = master;
        }

        _lastWrite = now;
    }

    // The replicas that say they have most of the stream. One has what was just acknowledged, so these have it.
    private static List<string> Furthest(RespClient client)
    {
        List<(string Place, long Position)> replicas = [];
        client.Send("ROLE");
        if (client.Line() != "*3" || client.Bulk() != "master")
        {
            throw new IOException("it is no master any more");
        }

        _ = client.Line();
        int count = int.Parse(client.Line().AsSpan(1), CultureInfo.InvariantCulture);
        for (int i = 0; i < count; i++)
        {
            _ = client.Line();
            string place = client.Bulk() + ":" + client.Bulk();
            replicas.Add((place, long.Parse(client.Bulk()!, CultureInfo.InvariantCulture)));
        }

        if (replicas.Count == 0)
        {
            throw new IOException("its replicas are gone");
        }

        long most = replicas.Max(replica => replica.Position);
        return [.. replicas.Where(replica => replica.Position == most).Select(replica => replica.Place)];
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
