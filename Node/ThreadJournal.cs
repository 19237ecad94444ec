using Epollsrv.Engine;
using Epollsrv.Journal;
using Epollsrv.Protocol;
using Epollsrv.Protocol.Resp;

namespace Epollsrv.Node;

/// <summary>Has the changes that the engine's threads make become records of a log.</summary>
internal static unsafe class ThreadJournal
{
    /// <summary>Gives every thread its writer. Before changes are observed.</summary>
    /// <param name="server">Has the threads.</param>
    /// <param name="owner">The first argument of the sink.</param>
    /// <param name="sink">Gets each block of records, as <see cref="RecordWriter"/> says.</param>
    public static void Attach(Server server, object owner, delegate*<object, RecordBlock*, long> sink)
    {
        foreach (ThreadContext thread in server.Threads)
        {
            ProtocolContext context = (ProtocolContext)thread.Context!;
            CommandContext call = ProtocolContext.Part<RespThread>(thread, ProtocolNumber.Resp).Call;
            context.Access.Journal = new RecordWriter(owner, sink, call, &CommandOf);
        }
    }

    private static void CommandOf(object owner, out Argument* arguments, out int count)
    {
        CommandContext call = (CommandContext)owner;
        arguments = call.Arguments;
        count = call.Count;
    }
}
