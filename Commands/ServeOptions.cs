using System;
using System.Collections.Generic;
using System.Text;
using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Resp;
using Epollsrv.Ring;

namespace Epollsrv.Commands;

/// <summary>The options of <c>epollsrv serve</c> and what they come to.</summary>
internal static class ServeOptions
{
    // Descriptors kept for listeners, epoll, files being sent and the node's own connections.
    private const int ReservedDescriptors = 64;

    // Enough for those and a few clients.
    private const int LeastDescriptors = 32;
    private const long LeastBuffers = 1 << 20;

    /// <summary>Declares the options.</summary>
    public static OptionSet Declare() => Declare(new OptionSet(
        "serve", "Runs a server for RESP, HTTP, memcached and CS; with --conf one of a ring.", string.Empty));

    /// <summary>Adds the options to those of a command.</summary>
    public static OptionSet Declare(OptionSet options)
    {
        foreach (Setting setting in SettingList.All)
        {
            _ = options.Add(setting);
        }

        return options;
    }

    /// <summary>Turns parsed options into settings.</summary>
    /// <param name="options">They were parsed.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="ring">The ring when it is known already; null: what the options say.</param>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Read(OptionSet options, out Settings settings, RingSettings? ring = null)
    {
        settings = new Settings { Ring = ring, Given = options.Given(), Parameters = options.Parameters };
        ServerOptions engine = settings.Engine;
        engine.HandleSignals = true;
        options.Store(settings);
        long memory = Cgroup.Own().Memory();
        if (!options.IsSet("max-buffers"))
        {
            engine.MaxBuffers = BufferLimit(engine.MaxBuffers, memory);
        }

        if (engine.MaxBuffers < 2 * settings.Protocols.MaxValue)
        {
            Log.Warning("--max-buffers is less than twice --max-value: a client that sends a value near the limit may be closed while it does");
        }

        if (options.GetSize("limit-rate") + options.GetSize("limit-rate-connection") > 0)
        {
            engine.Pacing = new Pacing(options.GetSize("limit-rate"), options.GetSize("limit-rate-connection"));
        }

        settings.MaxMemory = options.IsSet("max-memory") ? settings.MaxMemory : MemoryLimit(memory);
        string events = options.GetText("notify-keyspace-events") ?? string.Empty;
        if (!ConfigValues.TryReadEvents(Encoding.UTF8.GetBytes(events), out long wanted))
        {
            return options.Refuse(
                "--notify-keyspace-events: \"" + OptionSet.Readable(events)
                + "\" has a letter that means nothing; allowed: K E g $ l s h z x e t d n m A");
        }

        settings.Resp.KeyEvents = (KeyEvents)wanted;
        settings.Share = options.GetText("share");
        string? config = options.GetText("config") is { } given ? ConfigurationFile.PathOf(given) : null;
        settings.Files = [config, options.GetText("conf"), PasswordOptions.FileOf(options)];
        if (options.GetText("data") is { Length: 0 })
        {
            return options.Refuse("--data: is empty, perhaps because of a variable that is not set; give a directory, or leave --data away");
        }

        settings.Data.Folder = DataVolume.Choose(options.GetText("data"));
        if (settings.Data.Folder is { } folder && config is not null
            && Files.StatusOf(folder + "/" + RewrittenConfig.Name, out FileStatus rewritten) == 0
            && Files.StatusOf(config, out FileStatus status) == 0 && status.IsSameFile(rewritten))
        {
            Log.Complain("epollsrv: --config: " + OptionSet.Readable(config)
                + " is the file that CONFIG REWRITE writes in the data directory; give the file of settings another name or directory\n");
            return ExitCode.Configuration;
        }

        settings.Data.SkipsOtherTypes = options.GetFlag("skip-other-types");
        if (!LogInterval.TryRead(options.GetText("fsync")!, out long interval))
        {
            return options.Refuse("--" + LogInterval.Complain(options.GetText("fsync")!));
        }

        settings.Data.Interval = interval;
        if (options.GetText("replica-of") is { } master)
        {
            settings.Replica.First = NodeAddress.TrySplit(master, out string host, out int masterPort)
                ? new Master(ByteText.Encode(host), masterPort) : null;
            if (settings.Replica.First is null)
            {
                return options.Refuse("--replica-of: \"" + OptionSet.Readable(master) + "\" is not HOST:PORT (1 to 65535) or [IPv6]:PORT");
            }
        }

        settings.Replica.AllowsEmpty = options.GetFlag("allow-empty");
        settings.Replica.SkipsOtherTypes = options.GetFlag("replica-skip-other-types");
        settings.PrintPort = options.GetInteger("port") == 0;
        engine.MaxClients = ClientLimit(options.GetInteger("max-clients"));
        int code = ReadRing(options, settings);
        code = code == OptionSet.GoOn ? ListeningSockets.Add(options, settings) : code;
        code = code == OptionSet.GoOn ? ReadPassword(options, settings) : code;
        if (code == OptionSet.GoOn)
        {
            ReadHosts(options, settings);
        }

        return code == OptionSet.GoOn ? Exposure.Check(settings, options.GetFlag("open")) : code;
    }

    /// <summary>The store's maximum when nobody says: three quarters of the cgroups' memory, in whole megabytes; 0 when they have no limit.
    /// </summary>
    /// <param name="memory">The smallest limit of the cgroups, bytes; 0: none.</param>
    public static long MemoryLimit(long memory)
    {
        long limit = memory / 4 * 3;
        if (limit > 0)
        {
            Log.Info("--max-memory is " + ValueText.FormatSize(limit & -(1L << 20)) + ": 75 % of the smallest memory limit of its cgroups");
        }

        return limit & -(1L << 20);
    }

    /// <summary>What all connections may hold when nobody says: a quarter of the
    /// cgroups' memory, which the store's default leaves, where that is less.</summary>
    /// <param name="otherwise">Without a limit of memory.</param>
    /// <param name="memory">The smallest limit of the cgroups, bytes; 0: none.</param>
    internal static long BufferLimit(long otherwise, long memory)
    {
        long quarter = Math.Max(LeastBuffers, memory / 4 & -(1L << 20));
        if (memory == 0 || quarter >= otherwise)
        {
            return otherwise;
        }

        Log.Info("--max-buffers is " + ValueText.FormatSize(quarter) + ": 25 % of the smallest memory limit of its cgroups");
        return quarter;
    }

    /// <summary>The most connections there can be: what was asked for, within the process's limit of open files.</summary>
    public static int ClientLimit(int wanted)
    {
        long files = ProcessLimits.RaiseOpenFiles();
        if (files < LeastDescriptors)
        {
            throw new SystemRefusedException("the limit of open files is " + ValueText.FormatInteger(files) + ", and a node needs at least "
                + ValueText.FormatInteger(LeastDescriptors) + "; raise it (ulimit -n, LimitNOFILE=)");
        }

        int possible = (int)Math.Clamp(files - ReservedDescriptors, 16, Settings.MostClients);
        if (wanted > possible)
        {
            Log.Warning("--max-clients " + ValueText.FormatInteger(wanted) + " is cut to " + ValueText.FormatInteger(possible)
                + ": the limit of open files is " + ValueText.FormatInteger(files) + " (ulimit -n, LimitNOFILE=)");
        }

        return wanted == 0 ? possible : Math.Min(wanted, possible);
    }

    private static int ReadRing(OptionSet options, Settings settings)
    {
        if (settings.Ring is not null)
        {
            return OptionSet.GoOn;
        }

        if (options.GetText("conf") is { } path)
        {
            int port = options.IsSet("port") ? options.GetInteger("port") : 0;
            settings.Ring = RingLookup.Load(path, options.GetInteger("id"), options.GetText("announce"), port, out int code);
            return code;
        }

        foreach (string name in (ReadOnlySpan<string>)["id", "announce"])
        {
            if (options.IsSet(name))
            {
                return options.Refuse("--" + name + " says which node of a ring this is, but there is no --conf; name the ring's file with --conf FILE, or leave --" + name + " away");
            }
        }

        return OptionSet.GoOn;
    }

    private static int ReadPassword(OptionSet options, Settings settings)
    {
        int code = PasswordOptions.Read(options, out byte[]? password);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        settings.Protocols.Password = password;
        RingPassword.Value = password ?? [];
        string[] open = options.GetList("cs-open");
        if (open is ["all"])
        {
            settings.Cs.OpenToAll = true;
            return OptionSet.GoOn;
        }

        settings.Cs.Open = new SocketAddress[open.Length];
        for (int i = 0; i < open.Length; i++)
        {
            if (!SocketAddress.TryParse(open[i], 0, out settings.Cs.Open[i]))
            {
                return options.Refuse(
                    "--cs-open: \"" + OptionSet.Readable(open[i]) + "\" is not an address; allowed: all, or IPv4 and IPv6 addresses");
            }
        }

        return OptionSet.GoOn;
    }

    private static void ReadHosts(OptionSet options, Settings settings)
    {
        List<byte[]> hosts = [];
        foreach (string name in options.GetList("allow-host"))
        {
            hosts.Add(Encoding.UTF8.GetBytes(name.ToLowerInvariant()));
        }

        if (settings.Ring is { } ring)
        {
            hosts.Add(Encoding.UTF8.GetBytes(ring.Nodes[ring.Self].Host.ToLowerInvariant()));
        }

        if (Container.HostName() is { } own)
        {
            hosts.Add(own);
        }

        settings.Http.AllowedHosts = hosts.ToArray();
    }
}
