using System;
using System.Text;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Ring;
using Epollsrv.Store;

namespace Epollsrv.Commands;

/// <summary>The options of <c>epollsrv serve</c> and what they come to.</summary>
internal static class ServeOptions
{
    // Descriptors kept for listeners, epoll, files being sent and the node's own connections.
    private const int ReservedDescriptors = 64;
    private const int MostClients = 1_000_000;

    /// <summary>Declares the options.</summary>
    public static OptionSet Declare() => HttpOptions.Declare(new OptionSet("serve", "Runs a node: a server for RESP, HTTP and CS frames, and a member of a ring when --conf names one.", string.Empty)
        .Integer("port", 6379, 0, 65535, "Port; 0 lets the kernel choose and prints it.")
        .List("bind", "127.0.0.1", "Where to listen: IPv4, IPv6, unix:PATH.", "ADDRESS,...")
        .Text("conf", null, "The ring: a file with one ADDRESS PORT a line.", "FILE")
        .Integer("id", 0, 0, 1_000_000, "This node's line in it; 0: found by its address.")
        .Text("announce", null, "This node's address in it, when --bind is another.", "HOST:PORT")
        .Text("share", null, "Folder whose files other nodes can fetch.", "DIR")
        .Duration("lease-interval", "10s", "How often registrations are renewed; gone after three missed.", minimum: 1_000_000_000).Brief()
        .Size("max-memory", "0", 0, 1L << 46, "Most memory; if not given, 75 % of a cgroup's.")
        .Choice("eviction", "noeviction", "noeviction|allkeys-lru|volatile-lru|volatile-ttl|allkeys-random|volatile-random|allkeys-lfu|volatile-lfu", "Which keys make room then: noeviction, or allkeys- or volatile- (with a time to live) and lru, lfu or random, or volatile-ttl.", "POLICY")
        .Size("max-value", "64mb", 1024, 1L << 30, "Longest value.")
        .Integer("max-clients", 0, 0, MostClients, "Most connections; 0: all that open files allow.")
        .Size("max-output", "256mb", 64 << 10, 1L << 40, "Unsent replies that stop reading a client.")
        .Size("max-buffers", "1gb", 1 << 20, 1L << 44, "Unsent and unfinished bytes of all clients.")
        .Integer("workers", 0, 0, 1024, "Worker threads; 0: processors less one.")
        .Choice("dispatch", "adaptive", "adaptive|queue", "adaptive or queue: who runs the jobs.", "WAY")
        .Choice("rearm", "edge", "edge|oneshot|delete", "How descriptors are re-armed.").Brief()
        .Size("max-request", "1gb", 64 << 10, 1L << 30, "Longest RESP request.").Brief()
        .Integer("max-arguments", 1024 * 1024, 16, 1024 * 1024, "Most arguments of a RESP request.").Brief()
        .Size("max-subscriber-output", "32mb", 64 << 10, 1L << 40, "Unsent messages after which a subscriber is closed.").Brief()
        .Text("notify-keyspace-events", null, "Events of keys that are published: letters as in Redis.", "LETTERS").Brief()
        .Size("limit-rate", "0", 0, 1L << 40, "Most bytes a second of files sent; 0: no limit.").Brief()
        .Size("limit-rate-connection", "0", 0, 1L << 40, "The same for each transfer.").Brief()
        .Size("max-pipeline", "256kb", 64 << 10, 1L << 30, "Bytes of one client served before others have their turn.").Brief()
        .Choice("enable-debug-command", "no", "no|yes|local", "Who may use DEBUG.").Brief()
        .Duration("idle-timeout", "off", "Close clients that are silent for so long.")
        .Duration("write-timeout", "60s", "Close clients that take no reply for so long.", minimum: 1_000_000)
        .Duration("drain-timeout", "5s", "How long a stop waits for replies to be taken.", minimum: 1_000_000)
        .Text("password", null, "Password; better from the environment or a file.", "TEXT")
        .Text("password-file", null, "File whose first line is the password.", "FILE")
        .List("cs-open", null, "With a password: who may use CS: all, or addresses.", "ADDRESS,...")
        .Flag("open", "Serve public addresses without a password.")
        .Choice("log-level", "info", Log.LevelChoices, "error, warning, info or debug.", "LEVEL"));

    /// <summary>Turns parsed options into settings.</summary>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Read(OptionSet options, out NodeSettings settings)
    {
        settings = new NodeSettings();
        Log.Level = (LogLevel)options.GetChoice("log-level");
        ServerOptions engine = settings.Engine;
        engine.HandleSignals = true;
        engine.Workers = options.GetInteger("workers") > 0 ? options.GetInteger("workers") : Math.Max(1, ProcessLimits.Processors() - 1);
        engine.Dispatch = (DispatchPolicy)options.GetChoice("dispatch");
        engine.Rearm = (RearmWay)options.GetChoice("rearm");
        engine.MaxOutput = options.GetSize("max-output");
        engine.MaxBuffers = options.GetSize("max-buffers");
        if (engine.MaxBuffers < 2 * options.GetSize("max-value"))
        {
            Log.Warning("--max-buffers is less than twice --max-value: a client that sends a value near the limit may be closed while it does");
        }

        engine.IdleTimeout = options.GetMilliseconds("idle-timeout");
        engine.WriteTimeout = options.GetMilliseconds("write-timeout");
        engine.StopTimeout = options.GetMilliseconds("drain-timeout");
        if (options.GetSize("limit-rate") + options.GetSize("limit-rate-connection") > 0)
        {
            engine.Pacing = new Pacing(options.GetSize("limit-rate"), options.GetSize("limit-rate-connection"));
        }

        engine.BytesPerTurn = (int)options.GetSize("max-pipeline");
        settings.MaxMemory = options.IsSet("max-memory") ? options.GetSize("max-memory") : MemoryLimit();
        settings.Eviction = (EvictionPolicy)options.GetChoice("eviction");
        settings.MaxValue = options.GetSize("max-value");
        settings.MaxRequest = options.GetSize("max-request");
        settings.MaxArguments = options.GetInteger("max-arguments");
        settings.MaxSubscriberOutput = options.GetSize("max-subscriber-output");
        settings.Debug = (DebugAccess)options.GetChoice("enable-debug-command");
        string events = options.GetText("notify-keyspace-events") ?? string.Empty;
        if (!ConfigValues.TryReadEvents(Encoding.UTF8.GetBytes(events), out long wanted))
        {
            return options.Refuse("--notify-keyspace-events: \"" + OptionSet.Readable(events) + "\" has a letter that means nothing; allowed: K E g $ l s h z x e t d n m A");
        }

        settings.KeyEvents = (KeyEvents)wanted;
        settings.LeaseInterval = options.GetDuration("lease-interval");
        settings.Share = options.GetText("share");
        settings.PrintPort = options.GetInteger("port") == 0;
        engine.MaxClients = ClientLimit(options.GetInteger("max-clients"));
        int code = ReadRing(options, settings);
        code = code == OptionSet.GoOn ? ReadAddresses(options, settings) : code;
        code = code == OptionSet.GoOn ? ReadPassword(options, settings) : code;
        if (code == OptionSet.GoOn)
        {
            HttpOptions.Read(options, settings);
        }

        return code == OptionSet.GoOn ? Exposure.Check(settings, options.GetFlag("open")) : code;
    }

    /// <summary>Three quarters of the cgroup's memory limit, in whole megabytes; 0 when there is none.</summary>
    public static long MemoryLimit()
    {
        long limit = ProcessLimits.CgroupMemory() / 4 * 3;
        if (limit > 0)
        {
            Log.Info("--max-memory is " + ValueText.FormatSize(limit & -(1L << 20)) + ": 75 % of the cgroup's memory limit");
        }

        return limit & -(1L << 20);
    }

    /// <summary>The most connections there can be: what was asked for, within the process's limit of open files.</summary>
    public static int ClientLimit(int wanted)
    {
        long files = ProcessLimits.RaiseOpenFiles();
        int possible = (int)Math.Clamp(files - ReservedDescriptors, 16, MostClients);
        if (wanted > possible)
        {
            Log.Warning("--max-clients " + ValueText.FormatInteger(wanted) + " is cut to " + ValueText.FormatInteger(possible)
                + ": the limit of open files is " + ValueText.FormatInteger(files) + " (ulimit -n, LimitNOFILE=)");
        }

        return wanted == 0 ? possible : Math.Min(wanted, possible);
    }

    private static int ReadRing(OptionSet options, NodeSettings settings)
    {
        if (options.GetText("conf") is { } path)
        {
            int port = options.IsSet("port") ? options.GetInteger("port") : 0;
            settings.Ring = RingSettings.Load(path, options.GetInteger("id"), options.GetText("announce"), port);
            return settings.Ring is null ? ExitCode.Configuration : OptionSet.GoOn;
        }

        foreach (string name in (ReadOnlySpan<string>)["id", "announce"])
        {
            if (options.IsSet(name))
            {
                return options.Refuse("--" + name + " says which node of a ring this is, but there is no --conf that names the ring");
            }
        }

        return OptionSet.GoOn;
    }

    // In a ring the announced address is the default for where to listen; --bind and --port say otherwise (address translation).
    private static int ReadAddresses(OptionSet options, NodeSettings settings)
    {
        RingSettings? ring = settings.Ring;
        int port = ring is null || options.IsSet("port") ? options.GetInteger("port") : ring.Nodes[ring.Self].Port;
        string[] bind = ring is null || options.IsSet("bind") ? options.GetList("bind") : [ring.Nodes[ring.Self].Host];
        foreach (string text in bind)
        {
            // An address of server.conf may be IPv6 without brackets: it has no port of its own.
            string? complaint = SocketAddress.TryParse(text, port, out SocketAddress address) ? null : NodeAddress.Parse(text, port, out address);
            if (complaint is not null)
            {
                return options.Refuse("--bind: \"" + OptionSet.Readable(text) + "\" " + complaint);
            }

            settings.Engine.Addresses.Add(address);
        }

        return OptionSet.GoOn;
    }

    private static int ReadPassword(OptionSet options, NodeSettings settings)
    {
        int code = PasswordOptions.Read(options, out byte[]? password);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        settings.Password = password;
        RingPassword.Value = password ?? [];
        string[] open = options.GetList("cs-open");
        if (open is ["all"])
        {
            settings.CsOpenToAll = true;
            return OptionSet.GoOn;
        }

        settings.CsOpen = new SocketAddress[open.Length];
        for (int i = 0; i < open.Length; i++)
        {
            if (!SocketAddress.TryParse(open[i], 0, out settings.CsOpen[i]))
            {
                return options.Refuse("--cs-open: \"" + OptionSet.Readable(open[i]) + "\" is not an address; allowed: all, or IPv4 and IPv6 addresses");
            }
        }

        return OptionSet.GoOn;
    }
}
