using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Has changes become records of a log.</summary>
internal static unsafe class ThreadJournal
{
    /// <summary>Gives every thread of the engine its writer. Before changes are observed.</summary>
    /// <param name="server">Has the threads.</param>
    /// <param name="owner">The first argument of the sink.</param>
    /// <param name="sink">Gets each block of records, as <see cref="RecordWriter"/> says.</param>
    public static void Attach(Server server, object owner, delegate*<object, RecordBlock*, long> sink)
    {
        foreach (ThreadContext thread in server.Threads)
        {
            CommandContext call = RespThread.Of(thread).Call;
            call.Access.Journal = new RecordWriter(owner, sink, call, &CommandOf);
        }
    }

    /// <summary>Gives one to what runs a master's commands: its log is the master's stream.</summary>
    public static void AttachStream(CommandReplay replay, object owner, delegate*<object, RecordBlock*, long> sink)
        => replay.Access.Journal = new RecordWriter(owner, sink, replay.Call, &CommandOf) { IsStream = true };

    private static void CommandOf(object owner, out Argument* arguments, out int count)
    {
        CommandContext call = (CommandContext)owner;
        arguments = call.Arguments;
        count = call.Count;
    }
}
