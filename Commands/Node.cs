using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Commands;

/// <summary>A node put together: store, protocols, engine. Made, run and ended by one thread.</summary>
internal sealed unsafe class Node
{
    private readonly NodeSettings _settings;
    private readonly long _began = Clock.Monotonic();

    /// <summary>Makes the node; opens no port yet.</summary>
    public Node(NodeSettings settings)
    {
        _settings = settings;
        ServerOptions engine = settings.Engine;
        Store = new KeyValueStore(new StoreOptions
        {
            Partitions = PartitionsFor(engine.Workers),
            MaxMemory = settings.MaxMemory,
            Policy = settings.Eviction,
            SeedLow = RandomBytes.Next(),
            SeedHigh = RandomBytes.Next(),
        });
        Services = new NodeServices(Store)
        {
            MaxValue = settings.MaxValue,
            MaxRequest = settings.MaxRequest,
            MaxArguments = settings.MaxArguments,
            Debug = settings.Debug,
            Password = settings.Password,
            CsOpenToAll = settings.CsOpenToAll,
            CsOpen = settings.CsOpen,
            Http = settings.Http,
            AllowedHosts = settings.AllowedHosts,
            AdminListener = settings.AdminListener,
            MaxSubscriberOutput = settings.MaxSubscriberOutput,
        };
        engine.Protocols = new ProtocolEntry[ProtocolNumber.Count];
        engine.Protocols[ProtocolNumber.Unknown] = Detection.Entry;
        engine.Protocols[ProtocolNumber.Cs] = CsServer.Entry;
        engine.Protocols[ProtocolNumber.Resp] = RespServer.Entry;
        engine.Protocols[ProtocolNumber.Http] = HttpServer.Entry;
        engine.RejectReply = "-ERR max number of clients reached\r\n"u8.ToArray();
        engine.CreateContext = &CreateContext;
        engine.Log = &WriteLog;
        engine.Tick = &NodeTick.Run;
        engine.Refresh = &MemoryWatch.Refresh;
        _pending = Services;
        Server = new Server(engine) { Services = Services };
        Store.ExpiryBeganContext = Server;
        Store.ExpiryBegan = &BackgroundExpiry.Begin;
        _pending = null;
        NodeReport.Serve(Services);
        Services.Leases.Interval = settings.LeaseInterval;
        Services.Resp.ConfigureKeyEvents(settings.KeyEvents);
    }

    // CreateContext is a plain function pointer and runs inside the server's constructor, before Services is set on it.
    [ThreadStatic]
    private static NodeServices? _pending;

    /// <summary>The engine.</summary>
    public Server Server { get; }

    /// <summary>The keys and values.</summary>
    public KeyValueStore Store { get; }

    /// <summary>What the protocols may use.</summary>
    public NodeServices Services { get; }

    /// <summary>Says that the node is ready, and where.</summary>
    public void Announce()
    {
        string addresses = string.Empty;
        foreach (SocketAddress address in Server.BoundAddresses)
        {
            addresses += (addresses.Length == 0 ? string.Empty : ", ") + address.ToString();
        }

        if (_settings.PrintPort)
        {
            StandardOutput.Write("listening on " + addresses + "\n");
        }

        long microseconds = (Clock.Monotonic() - _began) / 1000;
        Log.Info("ready on " + addresses + " after " + ValueText.FormatInteger(microseconds) + " us: " + VersionCommand.Line());
    }

    /// <summary>The last words of an orderly stop.</summary>
    public void Farewell()
    {
        long requests = 0;
        long accepted = 0;
        foreach (Turn turn in Server.Turns())
        {
            requests += turn.Counters->Requests;
            accepted += turn.Counters->Accepted;
        }

        Log.Info("stopped after " + ValueText.FormatInteger(requests) + " requests on " + ValueText.FormatInteger(accepted) + " connections, with "
            + ValueText.FormatInteger(Store.Counters.Keys) + " keys");
    }

    // Four times as many parts as threads, so that two threads seldom want the same one.
    private static int PartitionsFor(int workers)
    {
        int partitions = 16;
        while (partitions < 64 && partitions < 4 * (workers + 1))
        {
            partitions *= 2;
        }

        return partitions;
    }

    private static object CreateContext(Server server, Turn turn) => new ProtocolContext(_pending!, turn);

    private static void WriteLog(int level, string text)
        => Log.Write(level <= 3 ? LogLevel.Error : level == 4 ? LogLevel.Warning : LogLevel.Info, text);
}
