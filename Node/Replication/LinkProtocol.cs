using Epollsrv.Engine;

namespace Epollsrv.Node;

/// <summary>The protocol of the connection to a master: what the engine calls, on whatever thread owns the connection.</summary>
internal static unsafe class LinkProtocol
{
    /// <summary>What the engine calls.</summary>
    public static ProtocolEntry Entry => new() { Consume = &Consume, Ended = &Ended, Posted = &Posted };

    private static MasterLink LinkOf(ThreadContext thread) => RunningNode.Of(thread.Server).Replication.Link;

    private static int Consume(ThreadContext thread, byte* data, int length) => LinkOf(thread).Consume(thread, data, length);

    private static void Ended(ThreadContext thread) => LinkOf(thread).End(thread);

    private static void Posted(ThreadContext thread, PostedMessage* message) => LinkOf(thread).Take(thread, message->Kind);
}
