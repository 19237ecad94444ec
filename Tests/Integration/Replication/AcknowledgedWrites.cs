using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Epollsrv.Tests.Integration.Replication;

/// <summary>
/// Writes to whichever node the sentinels name as the master, and knows what was acknowledged by both replicas (WAIT 2): each write is a
/// greater number in one of a few keys. One thread.
/// </summary>
internal sealed class AcknowledgedWrites(SentinelGroup sentinels)
{
    private const int Keys = 10;

    private readonly Dictionary<string, long> _acknowledged = [];
    private long _next = 1;
    private long _lastWrite = Environment.TickCount64;
    private bool _ends;

    /// <summary>Writes that both replicas had. Any thread.</summary>
    public long Count { get; private set; }

    /// <summary>The longest time without a write that the master took, in milliseconds.</summary>
    public long LongestPause { get; private set; }

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

    /// <summary>What of the acknowledged the node at a port does not have; null: nothing.</summary>
    public string? Missing(string port)
    {
        using RespClient client = new(new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture)));
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

    private void Loop()
    {
        while (!Volatile.Read(ref _ends))
        {
            string port = sentinels.MasterPort((int)(_next % sentinels.Ports.Count));
            try
            {
                if (port.Length != 0)
                {
                    Write(int.Parse(port, CultureInfo.InvariantCulture));
                }
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                // The master is gone, or was closed because its role has changed.
            }

            Thread.Sleep(5);
        }
    }

    private void Write(int port)
    {
        using RespClient client = new(new IPEndPoint(IPAddress.Loopback, port));
        client.Client.Socket.ReceiveTimeout = 1000;
        while (!Volatile.Read(ref _ends))
        {
            string key = "key" + (_next % Keys).ToString(CultureInfo.InvariantCulture);
            long value = _next++;
            if (client.Call("SET", key, value.ToString(CultureInfo.InvariantCulture)) != "+OK")
            {
                return;
            }

            LongestPause = Math.Max(LongestPause, Environment.TickCount64 - _lastWrite);
            _lastWrite = Environment.TickCount64;
            if (client.Call("WAIT", "2", "500") == ":2")
            {
                _acknowledged[key] = value;
                Count++;
            }
        }
    }
}
