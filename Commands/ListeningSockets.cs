using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// Where <c>epollsrv serve</c> listens: at the sockets that a service manager passed on, or else where the options say.
/// </summary>
internal static class ListeningSockets
{
    private const int HighestMode = 0x1FF;

    /// <summary>Adds them to the settings.</summary>
    /// <returns><see cref="OptionSet.GoOn"/>, or the exit code after a message was printed.</returns>
    public static int Add(OptionSet options, Settings settings)
    {
        if (SocketActivation.Check() is { } problem)
        {
            Log.Error(problem);
            return ExitCode.Configuration;
        }

        int code = ReadMode(options, settings.Engine);
        if (code == OptionSet.GoOn && SocketActivation.TryAdd(settings, null))
        {
            if (options.IsSet("bind") || options.IsSet("port"))
            {
                Log.Warning("--bind and --port have no effect: the sockets that systemd passed are used; change them in the socket unit");
            }
        }
        else if (code == OptionSet.GoOn)
        {
            code = AddBound(options, settings);
        }

        if (code != OptionSet.GoOn)
        {
            return code;
        }

        int bound = settings.Engine.Addresses.Length;
        AddAdmin(options.GetInteger("admin-port"), settings);
        int admin = settings.Engine.Addresses.Length;
        code = MemcachedListeners.Add(options, settings, bound);
        return code == OptionSet.GoOn && AddressClash.Find(settings.Engine, bound, admin) is { } clash ? options.Refuse(clash) : code;
    }

    private static int ReadMode(OptionSet options, ServerOptions engine)
    {
        if (options.GetText("socket-mode") is not { } text)
        {
            return OptionSet.GoOn;
        }

        int mode = 0;
        foreach (char digit in text)
        {
            mode = digit is >= '0' and <= '7' && mode <= HighestMode ? (mode * 8) + digit - '0' : HighestMode + 1;
        }

        engine.SocketMode = mode;
        return text.Length > 0 && mode <= HighestMode ? OptionSet.GoOn
            : options.Refuse("--socket-mode: \"" + OptionSet.Readable(text) + "\" is not a mode of files; allowed: 0 to 0777, octal");
    }

    // In a ring the announced address is the default for where to listen; --bind and --port say otherwise (address translation).
    private static int AddBound(OptionSet options, Settings settings)
    {
        RingSettings? ring = settings.Ring;
        int port = ring is null || options.IsSet("port") ? options.GetInteger("port") : ring.Nodes[ring.Self].Port;
        string[] bind = ring is null || options.IsSet("bind") ? options.GetList("bind") : [ring.Nodes[ring.Self].Host];
        foreach (string text in bind)
        {
            // An address of server.conf may be IPv6 without brackets: it has no port of its own.
            string? complaint = SocketAddress.TryParse(text, port, out SocketAddress address) ? null
                : NodeAddress.Parse(text, port, out address);
            if (complaint is not null)
            {
                return options.Refuse("--bind: \"" + OptionSet.Readable(text) + "\" " + complaint);
            }

            settings.Engine.ListenOn(address);
        }

        return OptionSet.GoOn;
    }

    private static void AddAdmin(int port, Settings settings)
    {
        SocketAddress[] addresses = settings.Engine.Addresses;
        if (SocketActivation.TryAdd(settings, SocketActivation.Admin))
        {
            settings.Protocols.AdminListener = addresses.Length;
            return;
        }

        if (port == 0)
        {
            return;
        }

        settings.Protocols.AdminListener = addresses.Length;
        for (int i = 0; i < addresses.Length; i++)
        {
            SocketAddress address = addresses[i];
            if (address.Family != SocketAddress.FamilyUnix)
            {
                address.Port = port;
                settings.Engine.ListenOn(address);
            }
        }

        if (addresses.Length == settings.Engine.Addresses.Length && SocketAddress.TryParse("127.0.0.1", port, out SocketAddress local))
        {
            settings.Engine.ListenOn(local);
        }
    }
}
