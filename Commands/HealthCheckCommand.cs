using System;

using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Protocol.Cs;

namespace Epollsrv.Commands;

/// <summary>
/// <c>epollsrv healthcheck</c>: one CS request to the node of this machine; any frame in time is health. Understands the node's own
/// environment variables, so that a container's HEALTHCHECK needs no arguments.
/// </summary>
internal static unsafe class HealthCheckCommand
{
    private const int DefaultPort = 6379;

    private static readonly string[] _ownOptions = ["port", "bind", "conf", "id", "announce"];

    /// <summary>Runs the command: 0 healthy, 1 not (one line on standard error says why), 64 wrong usage.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = new OptionSet(
            "healthcheck", "Asks the node of this machine for a sign of life: exit code 0 when it answers, else 1.", string.Empty)
            .Text("server", null, "Another node: HOST, HOST:PORT, [IPv6]:PORT or unix:PATH.", "ADDRESS")
            .Integer("port", DefaultPort, 1, 65535, "The node's port, as given to serve.")
            .List("bind", "127.0.0.1",
                "The node's addresses, as given to serve; one has to answer. All addresses (0.0.0.0, ::) means loopback.", "ADDRESS,...")
            .Text("conf", null, "The ring, as given to serve: address and port are the node's line in it.", "FILE")
            .Integer("id", 0, 0, 1_000_000, "The node's line in it; 0: found by its address.")
            .Text("announce", null, "The node's address in it, when --bind is another.", "HOST:PORT")
            .Duration("timeout", "1s", "How long the answer may take in all.", minimum: 1_000_000);
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        code = FindAddresses(options, out SocketAddress[] addresses);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        // One that answers is enough: a node does without IPv6 where there is none.
        long deadline = Clock.Monotonic() + options.GetDuration("timeout");
        string failures = string.Empty;
        foreach (SocketAddress listed in addresses)
        {
            SocketAddress address = NodeAddress.ForLocalClient(listed);
            string? failure = Exchange(ref address, deadline);
            if (failure is null)
            {
                return ExitCode.Success;
            }

            failures += (failures.Length == 0 ? string.Empty : "; ") + address.ToString() + ": " + failure;
        }

        StandardOutput.WriteError("epollsrv healthcheck: " + failures + "\n");
        return ExitCode.Failed;
    }

    // Where a node started with the same options listens (ServeOptions).
    private static int FindAddresses(OptionSet options, out SocketAddress[] addresses)
    {
        // Where the node is said to be on the command line counts more than a variable that names another.
        bool isOwn = options.GetText("server") is null
            || (!options.IsOnCommandLine("server") && Array.Exists(_ownOptions, options.IsOnCommandLine));
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
                    path, options.GetInteger("id"), options.GetText("announce"), options.IsSet("port") ? port : 0);
                if (ring is null)
                {
                    return ExitCode.Configuration;
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

    /// <summary>Sends a GET of the reserved key and waits for a frame; null when one came, else what happened.</summary>
    private static string? Exchange(ref SocketAddress address, long deadline)
    {
        int socket = Socket.Create(address.Family);
        if (socket < 0)
        {
            return Errno.Describe(socket);
        }

        int result = Socket.Connect(socket, ref address);
        if (result == -Errno.InProgress)
        {
            result = Wait(socket, PollEntry.Out, deadline);
            result = result < 0 ? result : Socket.PendingError(socket);
        }

        byte* frame = stackalloc byte[CsFrame.Size];
        CsFrame.WriteRequest(new Span<byte>(frame, CsFrame.Size), CsFrame.Get, CsFrame.IdentityKey, default);
        for (int done = 0; result >= 0 && done < CsFrame.Size;)
        {
            nint count = Socket.Send(socket, frame + done, CsFrame.Size - done, 0);
            result = count == -Errno.Again ? Wait(socket, PollEntry.Out, deadline) : (int)count;
            done += Math.Max(0, (int)count);
        }

        string? failure = null;
        for (int done = 0; result >= 0 && done < CsFrame.Size;)
        {
            nint count = Socket.Receive(socket, frame + done, CsFrame.Size - done);
            result = count == -Errno.Again ? Wait(socket, PollEntry.In, deadline) : (int)count;
            done += Math.Max(0, (int)count);
            if (count == 0)
            {
                failure = "closed the connection before it answered";
                break;
            }
        }

        Descriptor.Close(socket);
        return result < 0 ? Errno.Describe(result)
            : failure ?? (CsFrame.HasMagic(new ReadOnlySpan<byte>(frame, CsFrame.Size)) ? null
                : "what answered is not a node: no CS frame");
    }

    private static int Wait(int socket, short events, long deadline)
    {
        long left = deadline - Clock.Monotonic();
        if (left <= 0)
        {
            return -Errno.TimedOut;
        }

        int result = Descriptor.Poll(socket, events, (int)Math.Min(int.MaxValue, (left + 999_999) / 1_000_000));
        return result < 0 ? result : 0;
    }
}
