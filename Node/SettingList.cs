using System;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;
using Epollsrv.Store;

namespace Epollsrv.Node;

/// <summary>All settings of a node, in the order of the help: each is declared here and nowhere else.</summary>
internal static unsafe class SettingList
{
    private const long Thousand = 1000;
    private const long Million = 1_000_000;
    private const long Hours = 3600 * Thousand * Million;

    /// <summary>The settings.</summary>
    public static readonly Setting[] All =
    [
        Number("port", 0, 65535, "6379", "Port; 0 lets the kernel choose and prints it."),
        Text(OptionKind.List, "bind", "127.0.0.1", "ADDRESS,...", "Where to listen: IPv4, IPv6, unix:PATH."),
        Text(OptionKind.Text, "socket-mode", null, "MODE", "Mode of unix: sockets, octal: 0660; else what umask leaves.").Brief(),
        Text(OptionKind.Text, "config", null, "FILE", "Options, one NAME VALUE a line; a redis.conf."),
        Text(OptionKind.Text, "memcached", null, "PORT", "Port for memcached's clients, or ADDRESS:PORT."),
        Size("max-item", 1024, 1L << 30, "Largest item of memcached's clients.",
            (s, set, v) => set ? s.Memcached.MaxItem = v : s.Memcached.MaxItem).Brief(),
        Text(OptionKind.Text, "conf", null, "FILE", "The ring: a file with one ADDRESS PORT a line."),
        Number("id", 0, 1_000_000, "0", "This node's line in it; 0: found by its address."),
        Text(OptionKind.Text, "announce", null, "HOST:PORT", "This node's address in it, when --bind is another.").Brief(),
        Text(OptionKind.Text, "data", null, "DIR", "Directory that keeps the keys over restarts."),
        Text(OptionKind.Text, "fsync", "1s", "WHEN", "When the disk has changes: always, 10ms-1h, no."),
        Number("data-rewrite-percentage", 0, 1_000_000, "Growth of the log in percent after which it is written anew; 0: never.",
            (s, set, v) => set ? s.Data.RewritePercentage = v : s.Data.RewritePercentage).Brief(),
        Size("data-rewrite-min-size", 0, 1L << 50, "Size of the log before that.",
            (s, set, v) => set ? s.Data.RewriteMinSize = v : s.Data.RewriteMinSize).Brief(),
        Size("data-rate", 0, 1L << 40, "Most bytes a second that a snapshot is written with; 0: no limit.",
            (s, set, v) => set ? s.Data.Rate = v : s.Data.Rate).Brief(),
        Size("data-repair", 0, 1L << 40, "Most bytes cut from a damaged end of the log.",
            (s, set, v) => set ? s.Data.Repair = v : s.Data.Repair).Brief(),
        Size("log-buffer", 1 << 20, 1L << 40, "Unwritten changes after which clients wait for the disk.",
            (s, set, v) => set ? s.Data.LogBuffer = v : s.Data.LogBuffer).Brief(),
        Size("snapshot-buffer", 1 << 20, 1L << 40, "Copies of changed keys after which clients wait for a snapshot.",
            (s, set, v) => set ? s.Data.SnapshotBuffer = v : s.Data.SnapshotBuffer).Brief(),
        Text(OptionKind.Flag, "skip-other-types", null, string.Empty, "Leave out keys that are no strings when files are loaded.").Brief(),
        Text(OptionKind.Text, "replica-of", null, "HOST:PORT", "Master whose keys this node copies and follows."),
        Text(OptionKind.Flag, "replica-skip-other-types", null, string.Empty, "Leave out the master's keys that are no strings.").Brief(),
        Text(OptionKind.Flag, "allow-empty", null, string.Empty, "Start without data although there were replicas.").Brief(),
        Text(OptionKind.Text, "share", null, "DIR", "Folder whose files other nodes can fetch."),
        Number("max-shared-files", 1, 100_000_000, "Most of them that are registered and listed.",
            (s, set, v) => set ? s.MaxSharedFiles = (int)v : s.MaxSharedFiles).Brief(),
        Time("lease-interval", 1000 * Million, "How often registrations are renewed; gone after three missed.",
            (s, set, v) => set ? s.Cs.LeaseInterval = v : s.Cs.LeaseInterval).Brief(),
        Size("max-registrations", 1 << 20, 1L << 35, "Most memory for registrations of files.",
            (s, set, v) => set ? s.Cs.MaxRegistrations = v : s.Cs.MaxRegistrations).Brief(),
        Size("max-memory", 0, 1L << 46, "Most memory; if not given, 75 % of a cgroup's.",
            (s, set, v) => set ? s.MaxMemory = v : s.MaxMemory)
            .InConfigAsMemory("maxmemory", 0, -1),
        Choice(
            "eviction",
            "noeviction|allkeys-lru|volatile-lru|volatile-ttl|allkeys-random|volatile-random|allkeys-lfu|volatile-lfu",
            "POLICY",
            "What to evict at --max-memory: a policy of Redis.",
            (s, set, v) => set ? (long)(s.Eviction = (EvictionPolicy)v) : (long)s.Eviction)
            .InConfig((_, s) => new ConfigEntry("maxmemory-policy", text => text.Add(ConfigValues.PolicyName(s.Eviction)),
                ConfigValues.CheckPolicy, value => s.Eviction = (EvictionPolicy)value.Number)),
        Number("databases", 1, StoreOptions.MostDatabases, "Databases that clients can SELECT.",
            (s, set, v) => set ? s.Store.Databases = (int)v : s.Store.Databases).Brief()
            .InConfig((_, s) => new ConfigEntry("databases", text => text.Add(s.Store.Databases))),
        Size("max-value", 1024, ProtocolOptions.MostMaxValue, "Longest value.",
            (s, set, v) => set ? s.Protocols.MaxValue = v : s.Protocols.MaxValue)
            .InConfigAsMemory("proto-max-bulk-len", 1 << 20, long.MaxValue, ProtocolOptions.MostMaxValue),
        Number("max-clients", 0, Settings.MostClients, "0", "Most connections; 0: all that open files allow.")
            .InConfig((_, s) => Clients(s)),
        Size("max-output", 64 << 10, 1L << 40, "Unsent replies that stop reading a client.",
            (s, set, v) => set ? s.Engine.MaxOutput = v : s.Engine.MaxOutput).Brief(),
        Size("max-buffers", 1 << 20, 1L << 44, "Held for all clients; most 25 % of a cgroup.",
            (s, set, v) => set ? s.Engine.MaxBuffers = v : s.Engine.MaxBuffers).Brief(),
        Number("workers", 0, 1024, "Worker threads; 0: processors less one.",
            (s, set, v) => set ? s.Engine.Workers = v > 0 ? (int)v : Math.Max(1, ProcessLimits.Processors() - 1) : 0),
        Choice("dispatch", "adaptive|queue", null, "Who runs the jobs.",
            (s, set, v) => set ? (long)(s.Engine.Dispatch = (DispatchPolicy)v) : (long)s.Engine.Dispatch).Brief(),
        Choice("rearm", "edge|oneshot|delete", null, "How descriptors are re-armed.",
            (s, set, v) => set ? (long)(s.Engine.Rearm = (RearmWay)v) : (long)s.Engine.Rearm).Brief(),
        Size("max-request", 64 << 10, 1L << 30, "Longest RESP request.",
            (s, set, v) => set ? s.Resp.MaxRequest = v : s.Resp.MaxRequest).Brief()
            .InConfigAsMemory("client-query-buffer-limit", 1 << 20, long.MaxValue),
        Number("max-arguments", 16, 1024 * 1024, "Most arguments of a RESP request.",
            (s, set, v) => set ? s.Resp.MaxArguments = (int)v : s.Resp.MaxArguments).Brief(),
        Size("max-subscriber-output", 64 << 10, 1L << 40, "Unsent messages after which a subscriber is closed.",
            (s, set, v) => set ? s.Resp.MaxSubscriberOutput = v : s.Resp.MaxSubscriberOutput).Brief(),
        Text(OptionKind.Text, "notify-keyspace-events", null, "LETTERS", "Events of keys that are published: letters as in Redis.").Brief()
            .InConfig((_, s) => new ConfigEntry("notify-keyspace-events", text => ConfigValues.AddEvents(text, (long)s.Resp.KeyEvents),
                ConfigValues.CheckEvents, value => s.Node!.Resp.KeyEvents.Select((KeyEvents)value.Number))),
        Number("limit-rate", OptionKind.Size, 1L << 40, "Most bytes a second of files sent; 0: no limit.").Brief(),
        Number("limit-rate-connection", OptionKind.Size, 1L << 40, "The same for each transfer.").Brief(),
        Size("max-pipeline", 64 << 10, 1L << 30, "Bytes of one client served before others have their turn.",
            (s, set, v) => set ? s.Engine.BytesPerTurn = (int)v : s.Engine.BytesPerTurn).Brief(),
        Choice("enable-debug-command", "no|yes|local", null, "Who may use DEBUG.",
            (s, set, v) => set ? (long)(s.Resp.Debug = (DebugAccess)v) : (long)s.Resp.Debug).Brief()
            .InConfig((setting, s) => new ConfigEntry("enable-debug-command", text => text.AddText(setting.Choices[(int)s.Resp.Debug]))
            {
                IsFixed = true,
            }),
        Time("idle-timeout", 0, "Close clients that are silent for so long.",
            (s, set, v) => set ? s.Engine.IdleTimeout = Milliseconds(v) : s.Engine.IdleTimeout * Million)
            .InConfig((_, s) => ConfigEntry.Number("timeout", 0, int.MaxValue, () => (s.Engine.IdleTimeout + 999) / Thousand,
                seconds => s.Engine.IdleTimeout = (int)Math.Min(seconds * Thousand, int.MaxValue))),
        Time("write-timeout", Million, "Close clients that take no reply for so long.",
            (s, set, v) => set ? s.Engine.WriteTimeout = Milliseconds(v) : s.Engine.WriteTimeout * Million).Brief(),
        Time("drain-timeout", Million, "How long a stop waits for replies to be taken.",
            (s, set, v) => set ? s.Engine.DrainTimeout = Milliseconds(v) : s.Engine.DrainTimeout * Million).Brief(),
        Time("shutdown-delay", 0, "How long clients are still taken after SIGTERM, while /readyz is 503.",
            (s, set, v) => set ? s.Engine.ShutdownDelay = Milliseconds(v) : s.Engine.ShutdownDelay * Million).Brief(),
        Text(OptionKind.Text, "password", null, "TEXT", "Password; better from the environment or a file.").InConfig((_, s) => Password(s)),
        Text(OptionKind.Text, "password-file", null, "FILE", "File whose first line is the password."),
        Text(OptionKind.List, "cs-open", null, "ADDRESS,...", "With a password: who may use CS: all, or addresses.").Brief(),
        Text(OptionKind.Flag, "open", null, string.Empty, "Serve public addresses without a password."),
        Choice("sandbox", "auto|require|off", null, "Whether the node confines itself to the files and system calls that it needs.",
            (s, set, v) => set ? (long)(s.Sandbox = (SandboxMode)v) : (long)s.Sandbox).Brief(),
        Choice("log-level", Log.LevelChoices, "LEVEL", "error, warning, info or debug.",
            (s, set, v) => set ? (long)(Log.Level = (LogLevel)v) : (long)LogLevel.Info),
        Choice("log-format", Log.FormatChoices, "FORMAT", "How lines of the log look: text, or json.",
            (s, set, v) => set ? (long)(Log.Format = (LogFormat)v) : (long)LogFormat.Text).Brief(),
        Number("admin-port", 0, 65535, "0", "Port for /, /metrics, /healthz, /readyz; 0: same."),
        Text(OptionKind.List, "allow-host", null, "NAME,...", "Names HTTP requests may be for; *: any."),
        Size("max-request-line", 1024, 64 << 10, "Longest first line of an HTTP request.",
            (s, set, v) => set ? s.Http.Line = (int)v : s.Http.Line).Brief(),
        Size("max-request-head", 1024, 1 << 20, "Longest first line and fields of an HTTP request.",
            (s, set, v) => set ? s.Http.Head = (int)v : s.Http.Head).Brief(),
        Size("max-request-body", 0, 1 << 30, "Longest HTTP body that is no value.",
            (s, set, v) => set ? s.Http.OtherBody = (int)v : s.Http.OtherBody).Brief(),
        Time("request-timeout", 0, "Time for an HTTP request to arrive; more for each 16 KB of a value.",
            (s, set, v) => set ? s.Http.Timeout = Milliseconds(v) : s.Http.Timeout * Million).Brief(),
    ];

    /// <summary>The parameters of CONFIG that are settings of a node.</summary>
    public static ConfigEntry[] ConfigOf(Settings settings)
    {
        ConfigEntry[] entries = new ConfigEntry[All.Length];
        int count = 0;
        foreach (Setting setting in All)
        {
            if (setting.Config is { } make)
            {
                entries[count] = make(setting, settings);
                entries[count++].Option = setting.Name;
            }
        }

        Array.Resize(ref entries, count);
        return [.. entries, .. PersistenceConfig.Make(settings), .. ReplicationConfig.Make(settings), .. ReplicaConfig.Make(settings)];
    }

    private static Setting Text(OptionKind kind, string name, string? fallback, string placeholder, string help)
        => new() { Name = name, Kind = kind, Fallback = fallback, Placeholder = placeholder, Help = help };

    private static Setting Number(string name, long least, long most, string fallback, string help)
        => new()
        {
            Name = name,
            Kind = OptionKind.Integer,
            Fallback = fallback,
            Placeholder = "N",
            Help = help,
            Minimum = least,
            Maximum = most,
        };

    private static Setting Number(string name, OptionKind kind, long most, string help)
        => new() { Name = name, Kind = kind, Fallback = "0", Placeholder = "SIZE", Help = help, Maximum = most };

    private static Setting Number(string name, long least, long most, string help, Setting.Accessing place)
        => new() { Name = name, Kind = OptionKind.Integer, Placeholder = "N", Help = help, Minimum = least, Maximum = most, Place = place };

    private static Setting Size(string name, long least, long most, string help, Setting.Accessing place)
        => new() { Name = name, Kind = OptionKind.Size, Placeholder = "SIZE", Help = help, Minimum = least, Maximum = most, Place = place };

    private static Setting Time(string name, long least, string help, Setting.Accessing place)
        => new()
        {
            Name = name,
            Kind = OptionKind.Duration,
            Placeholder = "TIME",
            Help = help,
            Minimum = least,
            Maximum = 1000 * Hours,
            Place = place,
        };

    private static Setting Choice(string name, string choices, string? placeholder, string help, Setting.Accessing place)
        => new()
        {
            Name = name,
            Kind = OptionKind.Choice,
            Placeholder = placeholder ?? choices,
            Choices = choices.Split('|'),
            Help = help,
            Place = place,
        };

    private static int Milliseconds(long nanoseconds) => (int)Math.Min(int.MaxValue, (nanoseconds + Million - 1) / Million);

    // What the server was made with is what there can be at most.
    private static ConfigEntry Clients(Settings settings)
    {
        int possible = settings.Engine.MaxClients;
        return new ConfigEntry(
            "maxclients",
            text => text.Add(settings.Engine.MaxClients),
            (Argument* value, out ConfigValue read) => ConfigEntry.CheckNumber(value, 1, uint.MaxValue, out read)
                ?? (read.Number <= possible ? null : "The operating system is not able to handle the specified number of clients, try with "
                + ValueText.FormatInteger(possible)),
            value => settings.Engine.MaxClients = (int)value.Number);
    }

    private static ConfigEntry Password(Settings settings)
    {
        ProtocolOptions options = settings.Protocols;
        return new ConfigEntry(
            "requirepass",
            text => text.Add(options.Password),
            (Argument* value, out ConfigValue read) =>
            {
                read = new ConfigValue { Object = value->Length == 0 ? null : value->Span.ToArray() };
                return value->Length <= PasswordGuard.LongestPassword ? null : "argument must be at most 255 bytes";
            },
            value =>
            {
                options.Password = (byte[]?)value.Object;
                if (options.PasswordChanged != null)
                {
                    options.PasswordChanged(options.Password);
                }
            });
    }
}
