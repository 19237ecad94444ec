using System;

using Epollsrv.Native;
using Epollsrv.Node;

namespace Epollsrv.Commands;

/// <summary>
/// <c>epollsrv healthcheck</c>: one CS request to the node of this machine; any frame in time is health. So is an answer at the port of
/// memcached's clients, if there is one. Understands the node's own environment variables, so that a container's HEALTHCHECK needs no
/// arguments.
/// </summary>
internal static class HealthCheckCommand
{
    private const int DefaultPort = 6379;

    private static readonly string[] _ownOptions = ["config", "port", "bind", "conf", "id", "announce"];

    /// <summary>Runs the command: 0 healthy, 1 not (one line on standard error says why), 64 wrong usage.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "healthcheck", "Asks the node of this machine for a sign of life: exit code 0 when it answers, else 1.", string.Empty)
            .Text("server", null, "Another node: HOST, HOST:PORT, [IPv6]:PORT or unix:PATH.", "ADDRESS")
            .Integer("port", DefaultPort, 1, 65535, "The node's port, as given to serve.")
            .List("bind", "127.0.0.1",
                "The node's addresses, as given to serve; one has to answer. All addresses (0.0.0.0, ::) means loopback.", "ADDRESS,...")
            .Text("config", null, "The node's file of settings, as given to serve.", "FILE")
            .Text("conf", null, "The ring, as given to serve: address and port are the node's line in it.", "FILE")
            .Integer("id", 0, 0, 1_000_000, "The node's line in it; 0: found by its address.")
            .Text("announce", null, "The node's address in it, when --bind is another.", "HOST:PORT")
            .Text("memcached", null, "The port of memcached's clients, as given to serve: it has to answer too.", "PORT")
            .Duration("timeout", "1s", "How long the answer may take in all.", minimum: 1_000_000);
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        // Where the node is said to be on the command line counts more than a variable that names another.
        bool isOwn = options.GetText("server") is null
            || (!options.IsOnCommandLine("server") && Array.Exists(_ownOptions, options.IsOnCommandLine));
        code = FindAddresses(options, isOwn, out SocketAddress[] addresses);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        SocketAddress[] others = [];
        if (options.GetText("memcached") is { } text && (isOwn || options.IsOnCommandLine("memcached"))
            && MemcachedListeners.Parse(text, addresses, out others) is { } complaint)
        {
            return options.Refuse(complaint);
        }

        long deadline = Clock.Monotonic() + options.GetDuration("timeout");
        return Ask(addresses, deadline, isMemcached: false) && (others.Length == 0 || Ask(others, deadline, isMemcached: true))
            ? ExitCode.Success : ExitCode.Failed;
    }

    // One that answers is enough: a node does without IPv6 where there is none.
    private static bool Ask(SocketAddress[] addresses, long deadline, bool isMemcached)
    {
        string failures = string.Empty;
        foreach (SocketAddress listed in addresses)
        {
            SocketAddress address = NodeAddress.ForLocalClient(listed);
            string? failure = isMemcached
                ? HealthExchange.AskForVersion(ref address, deadline) : HealthExchange.AskForFrame(ref address, deadline);
            if (failure is null)
            {
                return true;
            }

            failures += (failures.Length == 0 ? string.Empty : "; ") + address.ToString() + ": " + failure;
        }

        StandardOutput.WriteError("epollsrv healthcheck: " + failures + "\n");
        return false;
    }

    // Where a node started with the same options listens (ServeOptions).
    private static int FindAddresses(OptionSet options, bool isOwn, out SocketAddress[] addresses)
    {
        string name = "--server";
        string[] texts = [options.GetText("server") ?? string.Empty];
        int port = options.GetInteger("port");
        addresses = [];
        if (isOwn)
        {
            name = "--bind";
            texts = options.GetList("bind");
            if (options.GetText("conf") is { } path && !(options.IsSet("bind") && options.IsSet("port")))
            {
                RingSettings? ring = RingLookup.Load(
                    path, options.GetInteger("id"), options.GetText("announce"), options.IsSet("port") ? port : 0, out int code);
                if (ring is null)
                {
                    return code;
                }

                port = options.IsSet("port") ? port : ring.Nodes[ring.Self].Port;
                texts = options.IsSet("bind") ? texts : [ring.Nodes[ring.Self].Host];
            }
        }

        addresses = new SocketAddress[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (!SocketAddress.TryParse(texts[i], port, out addresses[i])
                && NodeAddress.Parse(texts[i], port, out addresses[i]) is { } complaint)
            {
                return options.Refuse(name + ": \"" + OptionSet.Readable(texts[i]) + "\" " + complaint);
            }
        }

        return OptionSet.GoOn;
    }
}
