using System;
using Epollsrv.Journal;
using Epollsrv.Node;
using Epollsrv.Protocol;

namespace Epollsrv.Commands;

/// <summary><c>epollsrv serve</c>: a node. Options → engine, store and protocols put together; nothing else.</summary>
internal static unsafe class ServeCommand
{
    /// <summary>Runs the node until it is stopped.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        OptionSet options = ServeOptions.Declare();
        int code = options.Parse(arguments);
        if (code != OptionSet.GoOn)
        {
            return code;
        }

        code = ServeOptions.Read(options, out Settings settings);
        return code != OptionSet.GoOn ? code : Serve(settings, arguments, options);
    }

    // The calling thread becomes the event loop's.
    private static int Serve(Settings settings, ReadOnlySpan<string> arguments, OptionSet options)
    {
        StopSignals.Block(settings.Sandbox == SandboxMode.Off ? null : &Sandbox.EnterRuntimeThread);
        settings.Engine.PrepareStop = &NodeShare.PrepareStop;
        settings.Engine.FinishStop = &FinalSynchronization.IsDone;
        settings.Engine.StopAsked = &ServiceManager.TellStopping;
        RunningNode node = new(settings);
        settings.Reload = new Reload(arguments, options, node).Run;
        node.ServiceManager = ServiceManager.Connect(node);
        if (!StartParameters.TryApply(node))
        {
            return ExitCode.Configuration;
        }

        NodeShare? share = null;
        if (settings.Share is not null && (share = NodeShare.Open(settings.Share, settings.MaxSharedFiles, node)) is null)
        {
            return ExitCode.Configuration;
        }

        if (settings.Ring is not null || share is not null)
        {
            node.Common.Options.PasswordChanged = &NodeShare.ChangePassword;
        }

        if (settings.Data is { Folder: null, Interval: ChangeLog.Always })
        {
            Log.Warning("--fsync always has no effect without --data: no key is kept on disk");
        }

        if (settings.Data.Folder is not null && NodePersistence.Open(node, settings.Data) is null)
        {
            return ExitCode.Configuration;
        }

        if (!node.Server.Open(out string error))
        {
            Log.Error(error);
            return ExitCode.Unreachable;
        }

        if (!Sandbox.TryEnter(node))
        {
            node.Server.Loop.Acceptor.Close();
            return ExitCode.Configuration;
        }

        node.Server.StartWorkers();
        share?.Start(settings.Ring, NodeAddress.ForOwnRing(node.Server.Loop.Acceptor.BoundFor(ProtocolNumber.Unknown)));
        if (node.Persistence is null)
        {
            node.Announce();
        }
        else
        {
            node.ServiceManager?.TellLoading();
            node.Persistence.Start();
        }

        int result = node.Server.Run();
        node.Replication.Handover.Close();
        node.Replication.Promotion.Close();
        node.Replication.Link.Takeover.Close();
        node.Feed.Close();
        bool saved = node.Persistence is null || node.Persistence.Close();
        node.Farewell();
        return node.Persistence is { HasFailed: true } ? ExitCode.Configuration : result == 0 && saved ? ExitCode.Success : ExitCode.Failed;
    }
}
