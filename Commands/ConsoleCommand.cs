using System;
using System.Threading;

using Epollsrv.Engine;
using Epollsrv.Native;
using Epollsrv.Share;

namespace Epollsrv.Commands;

/// <summary>
/// <c>epollsrv ID CONF FOLDER BIND_ADDRESS</c>: the C program's command line, a node and its console in one process. The main thread is the
/// event loop's; the console has a thread of its own, and its end is the node's.
/// </summary>
internal static unsafe class ConsoleCommand
{
    private static int _stopEvent;
    private static Thread? _thread;

    /// <summary>Whether these arguments are the C program's: four, the first a number.</summary>
    public static bool Matches(ReadOnlySpan<string> arguments) => arguments.Length == 4 && ValueText.TryParseInteger(arguments[0], out _);

    /// <summary>Runs the node until the console ends or a signal comes.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        // Who names the address to bind to has decided who can reach it, as with the C program.
        OptionSet options = ServeOptions.Declare();
        int code = options.Parse(["--id=" + arguments[0], "--conf=" + arguments[1], "--bind=" + arguments[3], "--open", "--log-level=warning"]);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        code = ServeOptions.Read(options, out NodeSettings settings);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        SharedFolder? folder = SharedFolder.TryOpen(arguments[2], out int error);
        if (folder is null)
        {
            Log.Error(arguments[2] + ": " + Errno.Describe(error));
            return ExitCode.Failed;
        }

        StopSignals.Block();
        settings.Engine.PrepareStop = &PrepareStop;
        Node node = new(settings);
        _ = NodeShare.Serve(folder, node.Services, node.Server);
        FetchSeed.Serve(node.Services);
        if (!node.Server.Listen(out string complaint))
        {
            Log.Error(complaint);
            return ExitCode.Unreachable;
        }

        node.Announce();
        _stopEvent = Descriptor.CreateEvent();
        RingSettings ring = settings.Ring!;
        _thread = new Thread(() => Console(node.Server, ring, folder.Path), 1 << 20) { IsBackground = true, Name = "console" };
        _thread.Start();
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
        => ValueText.TryParseInteger(Environment.GetEnvironmentVariable("EPOLLSRV_ROUNDS") ?? string.Empty, out long rounds) && rounds is > 0 and <= int.MaxValue
            ? (int)rounds
            : PerfCommand.DefaultRounds;

    // After a signal the console withdraws its files while the node still serves.
    private static bool PrepareStop(Server server)
    {
        Descriptor.Signal(_stopEvent);
        return _thread is null || _thread.Join(0);
    }
}
