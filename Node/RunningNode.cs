using System;
using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Cs;
using Epollsrv.Protocol.Http;
using Epollsrv.Protocol.Memcached;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>A node put together: store, protocols, engine. Made, run and ended by one thread.</summary>
internal sealed unsafe class RunningNode
{
    private readonly Settings _settings;
    private readonly long _began = Clock.Monotonic();

    /// <summary>Makes the node; opens no port yet.</summary>
    public RunningNode(Settings settings)
    {
        _settings = settings;
        ServerOptions engine = settings.Engine;
        settings.Store.Partitions = PartitionsFor(engine.Workers);
        settings.Cs.RingFingerprint = settings.Ring?.Fingerprint ?? 0;
        settings.Store.SeedLow = RandomBytes.Next();
        settings.Store.SeedHigh = RandomBytes.Next();
        Store = new KeyValueStore(settings.Store);
        settings.Node = this;
        Common = new ProtocolCommon(Store, settings.Protocols)
        {
            PublishEvents = &PublishEvents,
            PublishesMuch = &PublishesMuch,
            HoldsWrite = &HoldsWrite,
            HasTooFewReplicas = &HasTooFewReplicas,
            ShowWrite = &ShowWrite,
            MemoryChanged = &BackgroundEviction.Begin,
            Reload = &Reloading.Run,
        };
        Cs = new CsCommon(settings.Cs);
        Http = new HttpCommon(Common, settings.Http)
        {
            WriteMetrics = &NodeMetrics.Write,
            WriteStatus = &NodeStatus.Write,
            WriteHistory = &NodeActivity.Write,
        };
        Resp = new RespCommon(Common, settings.Resp);
        Memcached = new MemcachedCommon(Common, settings.Memcached);
        Common.Files.Registrations = Cs.Registrations;
        Common.Files.CountHolders = &CountHolders;
        engine.Protocols = new ProtocolEntry[ProtocolNumber.Count];
        engine.Protocols[ProtocolNumber.Unknown] = Detection.Entry;
        engine.Protocols[ProtocolNumber.Cs] = CsServer.Entry;
        engine.Protocols[ProtocolNumber.Resp] = RespServer.Entry;
        engine.Protocols[ProtocolNumber.Http] = HttpServer.Entry;
        engine.Protocols[ProtocolNumber.MasterLink] = LinkProtocol.Entry;
        engine.Protocols[ProtocolNumber.Memcached] = MemcachedServer.Entry;
        engine.RejectReplies = new byte[ProtocolNumber.Count][];
        Array.Fill(engine.RejectReplies, "-ERR max number of clients reached\r\n"u8.ToArray());
        engine.RejectReplies[ProtocolNumber.Memcached] = "ERROR Too many open connections\r\n"u8.ToArray();
        engine.CreateContext = &CreateContext;
        engine.GiveUp = &GiveUp;
        engine.Log = &WriteLog;
        engine.IsLogged = &IsLogged;
        engine.Tick = &NodeTick.Run;
        engine.HangUp = &Reloading.Begin;
        engine.Refresh = &MemoryWatch.Refresh;
        engine.Sample = &NodeActivity.Sample;
        engine.Owner = this;
        Server = new Server(engine);
        Activity = new NodeActivity(Server);
        Store.ExpiryBeganContext = Server;
        Store.ExpiryBegan = &BackgroundExpiry.Begin;
        Feed = new NodeFeed(this);
        FinalSynchronization = new FinalSynchronization(this);
        Resp.Feed = Feed;
        StoreObservers* observers = Store.Observers;
        observers->Journal = &RecordWriter.Observe;
        observers->GroupEnded = &RecordWriter.EndGroup;
        Resp.Config = new ConfigTable(Resp, Server, SettingList.ConfigOf(settings));
        Resp.KeyEvents.Select(settings.Resp.KeyEvents);
        Replication = new NodeReplication(this, settings.Replica);
        Common.Replication = Replication;
        if (settings.Replica.First is { } master && settings.Data.Folder is null)
        {
            Replication.Begin(master);
        }
    }

    /// <summary>The engine.</summary>
    public Server Server { get; }

    /// <summary>The last ten minutes.</summary>
    public NodeActivity Activity { get; }

    /// <summary>The keys and values.</summary>
    public KeyValueStore Store { get; }

    /// <summary>What the protocols share.</summary>
    public ProtocolCommon Common { get; }

    /// <summary>What CS connections share.</summary>
    public CsCommon Cs { get; }

    /// <summary>What HTTP connections share.</summary>
    public HttpCommon Http { get; }

    /// <summary>What RESP connections share.</summary>
    public RespCommon Resp { get; }

    /// <summary>What memcached connections share.</summary>
    public MemcachedCommon Memcached { get; }

    /// <summary>All settings.</summary>
    public Settings Settings => _settings;

    /// <summary>Whether more waits to be written to the log than clients may have wait. Any thread.</summary>
    public bool IsDiskBehind(ChangeLog log) => log.Buffer.End - log.Written > BesideStore(_settings.Data.LogBuffer);

    /// <summary>Most bytes of changed keys that a snapshot on disk may keep before clients have to wait. Any thread.</summary>
    public long SnapshotBuffer => BesideStore(_settings.Data.SnapshotBuffer);

    /// <summary>The history that positions of the log count in.</summary>
    public ReplicationHistory History { get; } = new();

    /// <summary>What replicas of this node are fed with.</summary>
    public NodeFeed Feed { get; }

    /// <summary>What an orderly stop does for the replicas.</summary>
    public FinalSynchronization FinalSynchronization { get; }

    /// <summary>Removes expired keys.</summary>
    public BackgroundExpiry Expiry { get; } = new();

    /// <summary>Evicts when the maximum was lowered.</summary>
    public BackgroundEviction Eviction { get; } = new();

    /// <summary>Ends leases.</summary>
    public LeaseExpiry Leases { get; } = new();

    /// <summary>Does what flush_all with a delay asks for.</summary>
    public DelayedFlush DelayedFlush { get; } = new();

    /// <summary>The data on disk; null: none are kept. Set before the server runs.</summary>
    public NodePersistence? Persistence { get; set; }

    /// <summary>Whom the node follows.</summary>
    public NodeReplication Replication { get; }

    /// <summary>The shared folder; null: none. Set before the server runs.</summary>
    public NodeShare? Share { get; set; }

    /// <summary>Who started the node and wants to know what it is at; null: nobody. Set before the server runs.</summary>
    public ServiceManager? ServiceManager { get; set; }

    /// <summary>The node that a server belongs to.</summary>
    public static RunningNode Of(Server server) => (RunningNode)server.Options.Owner!;

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
        Log.Info("ready on " + addresses + " after " + ValueText.FormatInteger(microseconds) + " us: " + BuildInfo.Line());
        ServiceManager?.TellReady();
    }

    /// <summary>The last words of an orderly stop.</summary>
    public void Farewell()
    {
        long requests = 0;
        long accepted = 0;
        foreach (ThreadContext thread in Server.Threads)
        {
            requests += thread.Counters->Requests;
            accepted += thread.Counters->Accepted;
        }

        Log.Info("stopped after " + ValueText.FormatInteger(requests) + " requests on " + ValueText.FormatInteger(accepted)
            + " connections, with "
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

    private static object CreateContext(Server server, ThreadContext thread)
    {
        RunningNode node = Of(server);
        ProtocolContext context = new(node.Common);
        context.SetPart(ProtocolNumber.Cs, new CsThread(context, node.Cs));
        context.SetPart(ProtocolNumber.Http, new HttpThread(context, node.Http, thread));
        context.SetPart(ProtocolNumber.Resp, new RespThread(node.Resp, context.Access, thread));
        context.SetPart(ProtocolNumber.Memcached, new MemcachedThread(node.Memcached, context.Access, thread));
        context.SetPart(ProtocolNumber.MasterLink, new RequestParser(node.Resp, thread));
        return context;
    }

    // Memory ran out while a protocol was at work: the thread gives back what it holds.
    private static void GiveUp(ThreadContext thread)
    {
        CommandContext call = RespThread.Of(thread).Call;

        // In this order: the events of a group get their place while its partitions are locked.
        call.Access.Group.EndAll();
        call.GiveUp();
        call.Access.Abort();
    }

    private static void PublishEvents(ThreadContext thread) => RespThread.Of(thread).Call.Events.Publish();

    private static bool PublishesMuch(ThreadContext thread) => RespThread.Of(thread).Call.Events.PublishesMuch;

    private static bool HoldsWrite(ThreadContext thread) => RespThread.Of(thread).Call.Resp.Pause.HoldsWrite(thread);

    private static bool HasTooFewReplicas(ThreadContext thread) => CommandAdmission.HasTooFewReplicas(RespThread.Of(thread).Call);

    private static void ShowWrite(ThreadContext thread, WrittenKey* written)
    {
        CommandContext call = RespThread.Of(thread).Call;
        if (call.Resp.Monitors.Count != 0)
        {
            call.Resp.Monitors.Show(call, written);
        }
    }

    private static int CountHolders(object registrations, byte* name, int length)
        => ((RegistrationTable)registrations).CountOf(new ReadOnlySpan<byte>(name, length));

    private static void WriteLog(int level, string text, ReadOnlySpan<LogField> fields)
        => Log.Write(LevelOf(level), text, fields);

    private static bool IsLogged(int level) => Log.IsOn(LevelOf(level));

    // From syslog's levels.
    private static LogLevel LevelOf(int level)
        => level <= 3 ? LogLevel.Error : level == 4 ? LogLevel.Warning : level <= 6 ? LogLevel.Info : LogLevel.Debug;

    // What an option allows, but not more than a sixteenth of --max-memory: with both buffers full a small node stays below 1.3 times
    // that. A megabyte is the least that the options take.
    private long BesideStore(long option)
        => Store.MaxMemory == 0 ? option : Math.Min(option, Math.Max(Store.MaxMemory / 16, 1 << 20));
}
