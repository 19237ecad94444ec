using System.Threading;
using Epollsrv.Journal;

namespace Epollsrv.Node;

/// <summary>For who makes records and answers nobody, so that no reply has them written or holds him back. Any thread.</summary>
internal static class LogPace
{
    /// <summary>Has the records so far written soon.</summary>
    public static void WriteOut(NodePersistence persistence)
    {
        if (persistence.Log is { } log)
        {
            log.Reach(log.Buffer.End);
            persistence.Reporter.Limit(log);
        }
    }

    /// <summary>Waits while too many wait for the disk. Not a thread of the engine.</summary>
    /// <param name="node">The node; whether it keeps anything on disk is looked at here.</param>
    public static void Wait(RunningNode node)
    {
        while (node.Persistence is { Log: { Condition.State: LogState.Sound } log } persistence
            && log.Buffer.End - log.Written > persistence.Settings.LogBuffer && !node.Server.IsStopRequested)
        {
            log.Reach(log.Buffer.End);
            Thread.Sleep(1);
        }
    }
}
