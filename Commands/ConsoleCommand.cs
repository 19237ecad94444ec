using System;
using System.Threading;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Node;
using Epollsrv.Ring;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>
/// <c>epollsrv ID CONF FOLDER BIND_ADDRESS</c>: the C program's command line, a node and its console in one process. The main thread is the
/// event loop's; the console has a thread of its own, and its end is the node's.
/// </summary>
internal static unsafe class ConsoleCommand
{
    // The C program's ring; what its configuration file has beyond that it does not read.
    private const int Nodes = 4;

    private static int _stopEvent;
    private static Thread? _thread;

    /// <summary>Whether these arguments are the C program's: the first is a number.</summary>
    public static bool Matches(ReadOnlySpan<string> arguments) => ValueText.TryParseInteger(arguments[0], out _);

    /// <summary>Runs the node until the console ends or a signal comes.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length != 4)
        {
            StandardOutput.Write("Usage: epollsrv ID CONF FOLDER BIND_ADDRESS\n");
            return ExitCode.Usage;
        }

        if (ReadRing(arguments[0], arguments[1], out int code) is not { } ring)
        {
            return code;
        }

        // Who names the address to bind to has decided who can reach it, as with the C program.
        OptionSet options = ServeOptions.Declare();
        code = options.Parse(["--bind=" + arguments[3], "--open", "--log-level=warning"]);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        code = ServeOptions.Read(options, out Settings settings, ring);
        return code == OptionSet.GoOn ? Serve(settings, ring, arguments[2]) : code;
    }

    private static RingSettings? ReadRing(string id, string path, out int code)
    {
        code = ExitCode.Usage;
        _ = ValueText.TryParseInteger(id, out long number);
        ServerConf? conf = null;
        if (number is >= 1 and <= Nodes)
        {
            conf = ServerConf.Load(path, out string mistakes, Nodes);
            if (conf is null)
            {
                StandardOutput.WriteError(mistakes);
                code = ExitCode.Configuration;
                return null;
            }
        }

        if (conf is null || number > conf.Nodes.Length)
        {
            StandardOutput.Write("Incorrect server id provided\n");
            return null;
        }

        if (conf.HasMore)
        {
            RingOptions.Warn(path + ": only the first four nodes are used, as by the C program; epollsrv serve --conf uses all");
        }

        return new RingSettings(conf, (int)number - 1);
    }

    private static int Serve(Settings settings, RingSettings ring, string path)
    {
        SharedFolder? folder = SharedFolder.TryOpen(path, out int error);
        if (folder is null)
        {
            Log.Error(path + ": " + Errno.Describe(error));
            return ExitCode.Failed;
        }

        StopSignals.Block();
        settings.Engine.PrepareStop = &PrepareStop;
        settings.Engine.ConnectionSeen = &ConnectionSeen;
        RunningNode node = new(settings);
        _ = NodeShare.Serve(folder, node);
        node.Common.Files.FileAsked = &FileAsked;
        FetchSeed.Serve(node.Common.Files);
        node.Common.Options.PasswordChanged = &NodeShare.ChangePassword;
        if (!node.Server.Listen(out string complaint))
        {
            Log.Error(complaint);
            return ExitCode.Unreachable;
        }

        _stopEvent = SystemRefusedException.Check(Descriptor.CreateEvent(), "a descriptor for events (eventfd)");
        _thread = NewThread.Create(() => Console(node.Server, ring, folder.Path), 1 << 20, "console");
        NewThread.Start(_thread);
        node.Announce();
        int result = node.Server.Run();
        return result == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private static void Console(Server server, RingSettings ring, string folder)
    {
        using ConsoleSession session = new(ring.Nodes, ring.Self, folder, Rounds(), _stopEvent);
        session.Run();
        server.RequestStop();
    }

    // EPOLLSRV_ROUNDS, as for perf.
    private static int Rounds()
        => ValueText.TryParseInteger(Environment.GetEnvironmentVariable("EPOLLSRV_ROUNDS") ?? string.Empty, out long rounds)
            && rounds is > 0 and <= int.MaxValue
            ? (int)rounds
            : PerfCommand.DefaultRounds;

    // After a signal the console withdraws its files while the node still serves.
    private static bool PrepareStop(Server server)
    {
        Descriptor.Signal(_stopEvent);
        return _thread is null || _thread.Join(0);
    }

    private static void ConnectionSeen(bool hungUp) => _ = StandardOutput.Write(1, hungUp ? "epoll error\n"u8 : "Connection accepted\n"u8);

    private static void FileAsked(byte* name, int length)
        => StandardOutput.Write(
            "File " + OptionSet.Readable(ByteText.Decode(new ReadOnlySpan<byte>(name, length))) + " request received from peer\n");
}
