using Epollsrv.Engine;

namespace Epollsrv.Node;

/// <summary>Reads a node's files of settings again: after SIGHUP, and for CONFIG RELOAD.</summary>
internal static unsafe class Reloading
{
    /// <summary>For <see cref="ServerOptions.HangUp"/>: has a worker do it, because files are read.</summary>
    public static void Begin(Server server)
    {
        if (RunningNode.Of(server).Settings.Reload is null)
        {
            Log.Info("SIGHUP received: there is nothing to reload, the node goes on; SIGTERM stops it");
        }
        else if (!server.Queues.TryAddBackground(new Job(&Work, 0)))
        {
            Log.Warning("SIGHUP received, but the workers have too much to do: nothing is reloaded; send it again");
        }
    }

    /// <summary>For <see cref="Protocol.ProtocolCommon.Reload"/>. Workers only.</summary>
    public static string? Run(Server server)
        => RunningNode.Of(server).Settings.Reload is { } reload ? reload() : "this node has no files of settings";

    private static void Work(ThreadContext thread, ulong argument)
    {
        Log.Info("SIGHUP received, reading the files of settings again");
        ServiceManager? manager = RunningNode.Of(thread.Server).ServiceManager;
        manager?.TellReload(isOver: false);
        string? mistake = Run(thread.Server);
        manager?.TellReload(isOver: true, mistake);
    }
}
